import { CommandError } from "../command-error";
import { DomainError } from "@/server/platform/errors/domain-error";

/** One entry of `writeErrors`. */
export interface WriteError extends Record<string, unknown> {
  index: number;
  code: number;
  errmsg: string;
}

/** Shows an error of one statement; what is not the statement's fault goes on as it is. */
export function presentWriteError(index: number, error: unknown): WriteError {
  if (error instanceof DomainError && error.code === "BSON_INVALID") return { index, code: 22, errmsg: error.message };
  if (!(error instanceof CommandError) || error.labels.length > 0) throw error;
  return { index, code: error.code, ...error.extra, errmsg: error.message };
}
