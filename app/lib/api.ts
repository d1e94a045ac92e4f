import "server-only";
import { headers } from "next/headers";
import { cache } from "react";
import { appRouter } from "@/server/api/root";
import { createCallerFactory, createContext } from "@/server/api/trpc";

const createCaller = createCallerFactory(appRouter);

/** The procedures, called as the reader of this request: a page cannot skip a check. */
export const api = cache(async () => createCaller(await createContext({ headers: await headers() })));

export type Api = ReturnType<typeof createCaller>;
