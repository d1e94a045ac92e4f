import "server-only";
import { headers } from "next/headers";
import { cache } from "react";
import { createContext } from "@/server/api/context";
import { createCaller } from "@/server/api/root";

/** The procedures, called as the reader of this request: a page cannot skip a check. */
export const api = cache(async () => createCaller(await createContext({ headers: await headers() })));

export type Api = ReturnType<typeof createCaller>;
