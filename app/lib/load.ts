import "server-only";
import { TRPCError } from "@trpc/server";
import { headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import type { Problem } from "@/components/errors/problem";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { api, type Api } from "./api";

export type Loaded<T> = { ok: true; data: T } | { ok: false; problem: Problem };

/**
 * What a page shows. Signed out leads to the sign-in page and back; what is not there, or not the reader's to know of,
 * to the not-found page; any other error of ours comes back to be shown in place. Anything else is the page's error.
 */
export async function load<T>(call: (api: Api) => Promise<T>): Promise<Loaded<T>> {
  try {
    return { ok: true, data: await call(await api()) };
  } catch (error) {
    if (!(error instanceof TRPCError)) throw error;
    if (error.code === "UNAUTHORIZED") redirect(await signInPath());
    if (error.code === "NOT_FOUND") notFound();
    if (!isDomainError(error.cause) || error.code === "INTERNAL_SERVER_ERROR") throw error;
    return { ok: false, problem: { code: error.cause.code, params: error.cause.params } };
  }
}

async function signInPath(): Promise<string> {
  const from = (await headers()).get("x-holdfast-path");
  return from ? `/sign-in?from=${encodeURIComponent(from)}` : "/sign-in";
}
