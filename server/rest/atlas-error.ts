import { STATUS_CODES } from "node:http";
import type { ErrorKind } from "@/server/platform/errors/codes";
import { DomainError } from "@/server/platform/errors/domain-error";
import { KIND_RULES } from "@/server/platform/errors/kinds";
import { ATLAS_ERRORS, KIND_DETAILS, type AtlasErrorRow } from "./atlas-error-table";

export interface FieldError {
  field: string;
  description: string;
}

/** The Admin API's error body. */
export interface AtlasErrorBody {
  badRequestDetail?: { fields: FieldError[] };
  detail: string;
  error: number;
  errorCode: string;
  parameters?: (string | number | boolean | null)[];
  reason: string;
}

type Parameters = (string | number | boolean | null)[];

/** An answer of the Admin API that is an error. `code` is one of atlas-error-table.ts. */
export class AtlasError extends Error {
  readonly status: number;
  readonly errorCode: string;
  readonly parameters: Parameters;
  readonly detail: string;
  readonly fields: FieldError[];

  constructor(
    code: keyof typeof ATLAS_ERRORS,
    options: { parameters?: Parameters; fields?: FieldError[]; cause?: unknown } = {},
  ) {
    const row: AtlasErrorRow = ATLAS_ERRORS[code];
    super(code, { cause: options.cause });
    this.name = "AtlasError";
    this.status = row.status;
    this.errorCode = row.sentAs ?? code;
    this.parameters = options.parameters ?? [];
    this.detail = fill(row.detail, this.parameters);
    this.fields = options.fields ?? [];
  }
}

/**
 * What the caller is told about any error: status and body. A fault of ours says nothing of its cause. `asked` are the
 * parameters of the path: they fill the sentence where the error itself does not name the thing.
 */
export function describeError(
  error: unknown,
  asked: Record<string, string> = {},
): { status: number; body: AtlasErrorBody } {
  if (error instanceof AtlasError) return render(error);
  if (error instanceof DomainError) return describeDomainError(error, asked);
  return render(new AtlasError("UNEXPECTED_ERROR"));
}

function describeDomainError(
  error: DomainError,
  asked: Record<string, string>,
): { status: number; body: AtlasErrorBody } {
  const row: AtlasErrorRow | undefined = ATLAS_ERRORS[error.code as keyof typeof ATLAS_ERRORS];
  if (!row) {
    const detail = KIND_DETAILS[error.kind];
    if (detail === null) return render(new AtlasError(unsaid(error.kind)));
    const status = KIND_RULES[error.kind].http;
    return { status, body: body(status, error.code, [detail, ...whyOf(error)].join(" "), [], []) };
  }
  const parameters = (row.params ?? []).map((name) => error.params[name] ?? asked[name] ?? null);
  const detail = [fill(row.detail, parameters), ...whyOf(error)].join(" ");
  return { status: row.status, body: body(row.status, row.sentAs ?? error.code, detail, parameters, []) };
}

/** What the error says about this case in words for people: the fact behind a failed check, a rule that was broken. */
function whyOf(error: DomainError): string[] {
  return [error.params.fact, error.params.detail].filter((words): words is string => typeof words === "string");
}

/** The outside name of a fault that is ours. */
function unsaid(kind: ErrorKind): "SERVICE_UNAVAILABLE" | "UNEXPECTED_ERROR" {
  return kind === "unavailable" ? "SERVICE_UNAVAILABLE" : "UNEXPECTED_ERROR";
}

function render(error: AtlasError): { status: number; body: AtlasErrorBody } {
  return {
    status: error.status,
    body: body(error.status, error.errorCode, error.detail, error.parameters, error.fields),
  };
}

function body(
  status: number,
  errorCode: string,
  detail: string,
  parameters: Parameters,
  fields: FieldError[],
): AtlasErrorBody {
  return {
    ...(fields.length > 0 && { badRequestDetail: { fields } }),
    detail,
    error: status,
    errorCode,
    ...(parameters.length > 0 && { parameters }),
    reason: STATUS_CODES[status] ?? "Unknown",
  };
}

/** Puts the parameters into {0}, {1}, … of the sentence. */
function fill(sentence: string, parameters: Parameters): string {
  return sentence.replace(/\{(\d+)\}/g, (_, index: string) => String(parameters[Number(index)] ?? "?"));
}
