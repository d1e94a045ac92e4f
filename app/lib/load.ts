import "server-only";
import { TRPCError } from "@trpc/server";
import { headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import type { Problem } from "@/components/errors/problem";
import { describeProblem, logError } from "@/server/api/error-shape";
import { api, type Api } from "./api";

export type Loaded<T> = { ok: true; data: T } | { ok: false; problem: Problem };

/**
 * What a page shows. Signed out leads to the sign-in page and back; what is not there, or not the reader's to know of,
 * to the not-found page; any other refusal or failure comes back to be shown in place, with a number where it is ours.
 */
export async function load<T>(call: (api: Api) => Promise<T>): Promise<Loaded<T>> {
  try {
    return { ok: true, data: await call(await api()) };
  } catch (error) {
    if (!(error instanceof TRPCError)) throw error;
    const path = (await headers()).get("x-holdfast-path") ?? undefined;
    if (error.code === "UNAUTHORIZED") redirect(path ? `/sign-in?from=${encodeURIComponent(path)}` : "/sign-in");
    if (error.code === "NOT_FOUND") notFound();
    logError(error, path, undefined);
    const { code, params, reference } = describeProblem(error);
    return { ok: false, problem: { code, params, reference: reference ?? undefined } };
  }
}
