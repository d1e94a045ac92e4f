"use client";

import dynamic from "next/dynamic";

/** The list of a test's steps, fetched when there is a test to show. */
export const TestSteps = dynamic(() => import("./TestSteps").then((module) => module.TestSteps), { ssr: false });
export const TestRunning = dynamic(() => import("./TestSteps").then((module) => module.TestRunning), { ssr: false });
