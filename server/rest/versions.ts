import { AtlasError } from "./atlas-error";

/** A dated version of one operation, "2024-08-05". */
export type ApiVersion = `${number}-${number}-${number}`;

const VENDOR_TYPE = /^application\/vnd\.atlas\.([^+;\s]+)\+([a-z]+)$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * The newest version of the operation that is not later than the date asked for. Versions belong to the operation,
 * so a client may send one date to all of them. Throws 406 INVALID_VERSION_DATE where the header names no vendor
 * type, a malformed date, or a date before the operation's first version.
 */
export function resolveVersion(accept: string | null, served: readonly ApiVersion[]): ApiVersion {
  const asked = vendorDates(accept);
  for (const date of asked) {
    const version = newestNotAfter(date, served);
    if (version) return version;
  }
  throw new AtlasError("INVALID_VERSION_DATE");
}

/**
 * The version in which a request body is written: its own Content-Type's where that has one (resolved as above),
 * else the version of the reply.
 */
export function bodyVersion(contentType: string | null, reply: ApiVersion, served: readonly ApiVersion[]): ApiVersion {
  const [date] = vendorDates(contentType);
  if (!date) return reply;
  const version = newestNotAfter(date, served);
  if (!version) throw new AtlasError("INVALID_VERSION_DATE");
  return version;
}

/** The media type of a reply in this version. */
export function versionedType(version: ApiVersion): string {
  return `application/vnd.atlas.${version}+json;charset=utf-8`;
}

/** The valid vendor dates of an Accept or Content-Type header, the preferred one first. */
function vendorDates(header: string | null): string[] {
  const found: { date: string; quality: number }[] = [];
  for (const part of (header ?? "").split(",")) {
    const [type = "", ...parameters] = part.split(";").map((piece) => piece.trim());
    const match = VENDOR_TYPE.exec(type.toLowerCase());
    if (!match || match[2] !== "json" || !isDate(match[1]!)) continue;
    const quality = qualityOf(parameters);
    if (quality > 0) found.push({ date: match[1]!, quality });
  }
  return found.sort((a, b) => b.quality - a.quality).map(({ date }) => date);
}

function qualityOf(parameters: string[]): number {
  const given = parameters.find((parameter) => /^q=/i.test(parameter));
  if (!given) return 1;
  const quality = Number(given.slice(2));
  return Number.isFinite(quality) ? quality : 0;
}

function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

function newestNotAfter(date: string, served: readonly ApiVersion[]): ApiVersion | undefined {
  return served
    .filter((version) => version <= date)
    .sort()
    .at(-1);
}
