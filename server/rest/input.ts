import * as z from "zod/mini";
import { AtlasError, type FieldError } from "./atlas-error";

export const BODY_BYTES_MAX = 1024 * 1024;

/** Reads the body as a JSON object. An absent body is an empty object; unknown fields are the schema's to ignore. */
export async function readJsonBody(request: Request): Promise<Record<string, unknown>> {
  const text = await readText(request);
  if (text.trim() === "") return {};
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type && !/^application\/(json|vnd\.atlas\.[^+]+\+json)$/.test(type)) {
    throw new AtlasError("UNSUPPORTED_MEDIA_TYPE", { parameters: [type] });
  }
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new AtlasError("INVALID_JSON");
  return value as Record<string, unknown>;
}

async function readText(request: Request): Promise<string> {
  if (!request.body) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) throw new AtlasError("REQUEST_TOO_LARGE", { parameters: [BODY_BYTES_MAX] });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AtlasError("MALFORMED_JSON", { cause });
  }
}

/** The body as the schema gives it; 400 MISSING_ATTRIBUTE, INVALID_ENUM_VALUE or INVALID_ATTRIBUTE, all fields listed. */
export function checkBody<S extends z.core.$ZodType>(schema: S, body: Record<string, unknown>): z.core.output<S> {
  const result = z.safeParse(schema, body);
  if (result.success) return result.data;
  const issues = result.error.issues;
  const fields = issues.map(describeIssue);
  const [first] = issues;
  const field = fields[0]?.field ?? "";
  const value = valueAt(body, first?.path ?? []);
  if (value === undefined) throw new AtlasError("MISSING_ATTRIBUTE", { parameters: [field], fields });
  if (first?.code === "invalid_value") {
    throw new AtlasError("INVALID_ENUM_VALUE", { parameters: [field, scalar(value)], fields });
  }
  throw new AtlasError("INVALID_ATTRIBUTE", { parameters: [field], fields });
}

/** The query's parameters as the schema gives them; an empty parameter is one that was not given. */
export function checkQuery<S extends z.core.$ZodType>(schema: S, query: URLSearchParams): z.core.output<S> {
  const given = Object.fromEntries([...query].filter(([, value]) => value !== ""));
  const result = z.safeParse(schema, given);
  if (result.success) return result.data;
  const fields = result.error.issues.map(describeIssue);
  throw new AtlasError("INVALID_QUERY_PARAMETER", { parameters: [fields[0]?.field ?? ""], fields });
}

function describeIssue(issue: z.core.$ZodIssue): FieldError {
  return { field: issue.path.join("."), description: issue.message };
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

function scalar(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
