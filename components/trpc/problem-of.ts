import type { ErrorWordParams } from "@/components/errors/messages";
import type { Problem } from "@/components/errors/problem";

interface DomainData {
  domain?: { code?: unknown; params?: unknown; reference?: unknown } | null;
}

/** What a failed call may tell: the server's own code where it sent one, else that it did not answer. */
export function problemOf(error: unknown): Problem {
  const data: unknown = typeof error === "object" && error !== null && "data" in error ? error.data : null;
  if (typeof data !== "object" || data === null) return { code: "INTERNAL" };
  const domain = (data as DomainData).domain;
  if (!domain || typeof domain.code !== "string") return { code: "INTERNAL" };
  return {
    code: domain.code,
    params:
      typeof domain.params === "object" && domain.params !== null ? (domain.params as ErrorWordParams) : undefined,
    reference: typeof domain.reference === "string" ? domain.reference : undefined,
  };
}
