import { fileURLToPath } from "node:url";
import { DomainError } from "@/server/platform/errors/domain-error";
import { isObjectName } from "./storage";

interface Common {
  /** What every object's key begins with, empty or ending with a slash. */
  readonly prefix: string;
  /** The service's address where it is not the provider's own, without a slash at the end. */
  readonly endpoint: string | null;
  /** The host that will be connected to, without port and brackets; null for a folder. */
  readonly host: string | null;
  /** Content at most, each way for itself; null for no limit. */
  readonly bytesPerSecondMax: number | null;
}

export interface FileLocation extends Common {
  readonly scheme: "file";
  readonly path: string;
}

export interface S3Location extends Common {
  readonly scheme: "s3";
  readonly bucket: string;
  readonly region: string;
  /** The bucket in the path rather than in the host's name. */
  readonly pathStyle: boolean;
  readonly sse: "AES256" | "aws:kms" | null;
  readonly kmsKeyId: string | null;
  /** The bucket has Object Lock: uploads carry the checksum that it asks for, deletes remove every version. */
  readonly objectLock: boolean;
  /** Every object is locked for so many days from its put on. */
  readonly lock: { readonly mode: LockMode; readonly days: number } | null;
}

export interface AzureLocation extends Common {
  readonly scheme: "azblob";
  readonly account: string;
  readonly container: string;
}

export interface GcsLocation extends Common {
  readonly scheme: "gs";
  readonly bucket: string;
}

export type StorageLocation = FileLocation | S3Location | AzureLocation | GcsLocation;

/** GOVERNANCE can be lifted by who has the permission to, COMPLIANCE by nobody. */
export type LockMode = "GOVERNANCE" | "COMPLIANCE";

const OPTIONS: Record<StorageLocation["scheme"], readonly string[]> = {
  file: ["bytesPerSecondMax"],
  s3: ["bytesPerSecondMax", "region", "endpoint", "pathStyle", "sse", "kmsKeyId", "objectLock", "lockDays", "lockMode"],
  azblob: ["bytesPerSecondMax", "endpoint"],
  gs: ["bytesPerSecondMax", "endpoint"],
};

const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,220}[A-Za-z0-9]$/;
const CONTAINER = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
const ACCOUNT = /^[a-z0-9]{3,24}$/;
const REGION = /^[A-Za-z0-9-]{1,64}$/;
const LOCK_DAYS_MAX = 36_500;
/** Below this a pack takes minutes, and what waits for one node fails. */
const BYTES_PER_SECOND_MIN = 100_000;

/**
 * Reads a storage URL:
 * `file:///path`, `s3://bucket/prefix?region=&endpoint=&pathStyle=1&sse=AES256|aws:kms&kmsKeyId=&objectLock=1&lockDays=&lockMode=`,
 * `azblob://account/container/prefix?endpoint=`, `gs://bucket/prefix?endpoint=`; each also with `bytesPerSecondMax=`.
 * Throws VALIDATION_ERROR that says what is wrong, and does not repeat the URL: somebody may have put a password in it.
 */
export function parseStorageUrl(url: string): StorageLocation {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const scheme = parsed?.protocol.slice(0, -1);
  if (!parsed || !scheme || !isScheme(scheme)) throw invalid("no storage driver reads this URL");
  if (parsed.username || parsed.password) throw invalid("credentials do not belong into a storage URL");
  if (parsed.hash) throw invalid("a storage URL has no fragment");
  const options = readOptions(parsed, OPTIONS[scheme]);
  switch (scheme) {
    case "file":
      return { scheme, path: filePath(parsed), prefix: "", endpoint: null, host: null, ...readPace(options) };
    case "s3":
      return s3Location(parsed, options);
    case "azblob":
      return azureLocation(parsed, options);
    case "gs":
      return gcsLocation(parsed, options);
  }
}

function isScheme(scheme: string): scheme is StorageLocation["scheme"] {
  return Object.hasOwn(OPTIONS, scheme);
}

function filePath(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw invalid("this file URL names no folder of this machine");
  }
}

function s3Location(url: URL, options: Map<string, string>): S3Location {
  const bucket = matching(bucketOf(url), BUCKET, "bucket");
  const region = matching(options.get("region") ?? "us-east-1", REGION, "region");
  const endpoint = readEndpoint(options.get("endpoint"));
  const pathStyle = readFlag(options, "pathStyle");
  const sse = options.get("sse") ?? null;
  if (sse !== null && sse !== "AES256" && sse !== "aws:kms") throw invalid("sse is AES256 or aws:kms");
  const kmsKeyId = options.get("kmsKeyId") ?? null;
  if (kmsKeyId !== null && sse !== "aws:kms") throw invalid("kmsKeyId needs sse=aws:kms");
  const lock = readLock(options);
  const service = endpoint ? hostOf(endpoint) : `s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
  // As the SDK does: names with a dot fit no certificate of the service, addresses cannot have a name before them.
  const inPath = pathStyle || (endpoint === null && bucket.includes(".")) || /^[\d.]+$|:/.test(service);
  return {
    scheme: "s3",
    bucket,
    prefix: readPrefix(url.pathname),
    region,
    endpoint,
    pathStyle: inPath,
    sse,
    kmsKeyId,
    objectLock: readFlag(options, "objectLock") || lock !== null,
    lock,
    host: inPath ? service : `${bucket}.${service}`,
    ...readPace(options),
  };
}

function readLock(options: Map<string, string>): S3Location["lock"] {
  const days = options.get("lockDays");
  const mode = (options.get("lockMode") ?? "GOVERNANCE").toUpperCase();
  if (mode !== "GOVERNANCE" && mode !== "COMPLIANCE") throw invalid("lockMode is governance or compliance");
  if (days === undefined) {
    if (options.has("lockMode")) throw invalid("lockMode needs lockDays");
    return null;
  }
  if (!/^\d{1,5}$/.test(days) || Number(days) < 1 || Number(days) > LOCK_DAYS_MAX) {
    throw invalid(`lockDays is a whole number from 1 to ${LOCK_DAYS_MAX}`);
  }
  return { mode, days: Number(days) };
}

function readPace(options: Map<string, string>): { bytesPerSecondMax: number | null } {
  const value = options.get("bytesPerSecondMax") ?? null;
  if (value === null) return { bytesPerSecondMax: null };
  if (!/^[1-9]\d{0,12}$/.test(value) || Number(value) < BYTES_PER_SECOND_MIN) {
    throw invalid(`bytesPerSecondMax is a whole number from ${BYTES_PER_SECOND_MIN} on`);
  }
  return { bytesPerSecondMax: Number(value) };
}

function azureLocation(url: URL, options: Map<string, string>): AzureLocation {
  const account = matching(bucketOf(url), ACCOUNT, "account");
  const [container = "", ...rest] = url.pathname.replace(/^\//, "").split("/");
  const endpoint = readEndpoint(options.get("endpoint"));
  return {
    scheme: "azblob",
    account,
    container: matching(container, CONTAINER, "container"),
    prefix: readPrefix(rest.join("/")),
    endpoint,
    host: endpoint ? hostOf(endpoint) : `${account}.blob.core.windows.net`,
    ...readPace(options),
  };
}

function gcsLocation(url: URL, options: Map<string, string>): GcsLocation {
  const endpoint = readEndpoint(options.get("endpoint"));
  return {
    scheme: "gs",
    bucket: matching(bucketOf(url), BUCKET, "bucket"),
    prefix: readPrefix(url.pathname),
    endpoint,
    host: endpoint ? hostOf(endpoint) : "storage.googleapis.com",
    ...readPace(options),
  };
}

function bucketOf(url: URL): string {
  if (url.port) throw invalid("a storage URL has no port; give the service's address as endpoint");
  return url.hostname;
}

function matching(value: string, pattern: RegExp, what: string): string {
  if (!pattern.test(value)) throw invalid(`the ${what} of a storage URL is missing or cannot have this name`);
  return value;
}

function readOptions(url: URL, known: readonly string[]): Map<string, string> {
  const options = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (!known.includes(name)) throw invalid("the storage URL has an option that this kind of storage does not have");
    if (options.has(name)) throw invalid(`the storage URL gives ${name} twice`);
    if (value !== "") options.set(name, value);
  }
  return options;
}

function readFlag(options: Map<string, string>, name: string): boolean {
  const value = options.get(name) ?? "0";
  if (value !== "0" && value !== "1") throw invalid(`${name} is 1 or 0`);
  return value === "1";
}

/** A prefix follows the rules of object names, so that it means the same everywhere. */
function readPrefix(path: string): string {
  const prefix = path.replace(/^\/+|\/+$/g, "");
  if (prefix === "") return "";
  if (prefix.length > 256 || !isObjectName(prefix)) {
    throw invalid("the path in a storage URL has parts of letters, digits, dot, dash and underscore");
  }
  return `${prefix}/`;
}

function readEndpoint(value: string | undefined): string | null {
  if (value === undefined) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  if (!url || !/^https?:$/.test(url.protocol)) throw invalid("an endpoint is an http or https address");
  if (url.username || url.password || url.search || url.hash) {
    throw invalid("an endpoint has a host, a port and a path, and nothing else");
  }
  return url.href.replace(/\/+$/, "");
}

function hostOf(endpoint: string): string {
  return new URL(endpoint).hostname.replace(/^\[|\]$/g, "");
}

function invalid(message: string): DomainError {
  return new DomainError("VALIDATION_ERROR", { message });
}
