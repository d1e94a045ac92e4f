import { randomBytes } from "node:crypto";
import { TRPCError } from "@trpc/server";
import { $ZodError } from "zod/v4/core";
import { DomainError, type ErrorParams } from "@/server/platform/errors/domain-error";
import { KIND_RULES } from "@/server/platform/errors/kinds";
import { logger } from "@/server/platform/logger";

/** What a page may know of an error: the code, values for its words, and for our own failures a number to quote. */
export interface ProblemData {
  code: string;
  params: ErrorParams;
  reference: string | null;
  /** Words for single fields of the input, by path. */
  fields: Record<string, string>;
}

const references = new WeakMap<TRPCError, string>();

/** The number that the page shows and the log holds. */
export function referenceOf(error: TRPCError): string {
  let reference = references.get(error);
  if (!reference) {
    const digits = randomBytes(5).toString("hex");
    reference = `HF-${digits.slice(0, 4)}-${digits.slice(4)}`;
    references.set(error, reference);
  }
  return reference;
}

/** The error with the status that its kind has; others are our own failures. */
export function toTrpcError(error: TRPCError): TRPCError {
  const { cause } = error;
  if (cause instanceof $ZodError) return new TRPCError({ code: "BAD_REQUEST", message: "VALIDATION_ERROR", cause });
  if (!(cause instanceof DomainError)) return error;
  return new TRPCError({ code: KIND_RULES[cause.kind].trpc, message: cause.code, cause });
}

function fieldsOf(error: $ZodError): Record<string, string> {
  return Object.fromEntries(error.issues.map((issue) => [issue.path.join("."), issue.message]));
}

export function describeProblem(error: TRPCError): ProblemData {
  const { cause } = error;
  if (cause instanceof DomainError) {
    const isOurs = KIND_RULES[cause.kind].http === 500;
    return { code: cause.code, params: cause.params, reference: isOurs ? referenceOf(error) : null, fields: {} };
  }
  if (cause instanceof $ZodError) {
    const fields = fieldsOf(cause);
    const [first] = Object.entries(fields);
    const params: ErrorParams = first ? { field: first[0], detail: first[1] } : {};
    return { code: "VALIDATION_ERROR", params, reference: null, fields };
  }
  if (error.code === "NOT_FOUND") return { code: "RESOURCE_NOT_FOUND", params: {}, reference: null, fields: {} };
  if (error.code === "BAD_REQUEST" || error.code === "METHOD_NOT_SUPPORTED") {
    return { code: "VALIDATION_ERROR", params: {}, reference: null, fields: {} };
  }
  return { code: "INTERNAL", params: {}, reference: referenceOf(error), fields: {} };
}

/** Writes an error to the log, as loud as its kind; our own failures with the number that the person sees. */
export function logError(error: TRPCError, path: string | undefined, requestId: string | undefined): void {
  const { cause } = error;
  if (cause instanceof DomainError && KIND_RULES[cause.kind].http < 500) {
    logger[KIND_RULES[cause.kind].log]({ path, requestId, code: cause.code, reason: cause.message }, "refused");
  } else if (cause instanceof $ZodError) {
    logger.info({ path, requestId, fields: Object.keys(fieldsOf(cause)) }, "refused input");
  } else if (error.code !== "INTERNAL_SERVER_ERROR" && !(cause instanceof DomainError)) {
    logger.info({ path, requestId, code: error.code }, "refused");
  } else {
    logger.error({ path, requestId, reference: referenceOf(error), err: cause ?? error }, "a procedure failed");
  }
}
