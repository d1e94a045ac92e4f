import { lookup, resolveSrv } from "node:dns/promises";
import { isIP } from "node:net";
import { MongoClient } from "mongodb";
import { ConnectionString, redactConnectionString } from "mongodb-connection-string-url";
import { DomainError } from "@/server/platform/errors/domain-error";
import { isAddressAllowed, refusedAddress, type NetworkPolicy } from "./network-policy";

/** Options that make the driver read a file of this machine, or send the connection through somebody else. */
const REFUSED_OPTIONS = new Set(
  [
    "tlsCAFile",
    "tlsCertificateKeyFile",
    "tlsCertificateKeyFilePassword",
    "tlsCertificateFile",
    "tlsCRLFile",
    "sslCA",
    "sslCRL",
    "sslCert",
    "sslKey",
    "sslPass",
    "sslPEMKeyFile",
    "sslCertificateAuthorityFile",
    "proxyHost",
    "proxyPort",
    "proxyUsername",
    "proxyPassword",
  ].map((name) => name.toLowerCase()),
);

/** Mechanisms that prove who this machine is, not who the person is; X.509 needs a file. */
const REFUSED_MECHANISMS = new Set(["MONGODB-AWS", "MONGODB-OIDC", "GSSAPI", "MONGODB-X509"]);

function refused(reason: string, params: Record<string, string>): DomainError {
  return new DomainError("CONNECTION_STRING_REFUSED", { message: reason, params });
}

function invalid(cause: unknown): DomainError {
  // The parser's messages may repeat the string, so they go no further than the log's cause.
  return new DomainError("CONNECTION_STRING_INVALID", { message: "not a MongoDB connection string", cause });
}

function parse(uri: string): ConnectionString {
  try {
    return new ConnectionString(uri);
  } catch (error) {
    throw invalid(error);
  }
}

/** Host without port and brackets, decoded. */
function hostName(host: string): string {
  const decoded = decodeURIComponent(host);
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(decoded);
  return bracketed?.[1] ?? decoded.replace(/:\d+$/, "");
}

/**
 * Throws unless this connection string may be used: CONNECTION_STRING_INVALID when the driver's own parser does not
 * take it, CONNECTION_STRING_REFUSED when it reads files, uses a local socket or this machine's identity, or names an
 * address that the policy does not allow. Names are not resolved here: see assertHostsAllowed.
 */
export function checkConnectionString(uri: string, policy: NetworkPolicy): void {
  const parsed = parse(uri);
  for (const [name, value] of parsed.searchParams) {
    if (REFUSED_OPTIONS.has(name.toLowerCase())) {
      throw refused(`the option ${name} is not accepted`, { reason: "option", option: name });
    }
    if (name.toLowerCase() === "authmechanism" && REFUSED_MECHANISMS.has(value.toUpperCase())) {
      throw refused(`the mechanism ${value} is not accepted`, { reason: "mechanism", mechanism: value });
    }
  }
  for (const host of parsed.hosts) {
    const name = hostName(host);
    if (name.startsWith("/") || name.endsWith(".sock")) {
      throw refused("local sockets are not accepted", { reason: "socket", host: name });
    }
    if (isIP(name) !== 0 && !isAddressAllowed(name, policy)) throw refusedAddress(name, name);
  }
  try {
    new MongoClient(uri);
  } catch (error) {
    throw invalid(error);
  }
}

/**
 * Resolves every host (SRV records included) and throws CONNECTION_STRING_REFUSED when one is at an address that the
 * policy does not allow, CLUSTER_UNREACHABLE when a name does not exist.
 */
export async function assertHostsAllowed(uri: string, policy: NetworkPolicy): Promise<void> {
  const parsed = parse(uri);
  for (const name of await hostNames(parsed)) {
    for (const address of await addressesOf(name)) {
      if (!isAddressAllowed(address, policy)) throw refusedAddress(name, address);
    }
  }
}

async function hostNames(parsed: ConnectionString): Promise<string[]> {
  if (!parsed.isSRV) return parsed.hosts.map(hostName);
  const service = parsed.searchParams.get("srvServiceName") ?? "mongodb";
  try {
    const records = await resolveSrv(`_${service}._tcp.${parsed.hosts[0]}`);
    return records.map((record) => record.name);
  } catch (error) {
    throw unknownHost(parsed.hosts[0] ?? "", error);
  }
}

async function addressesOf(name: string): Promise<string[]> {
  if (isIP(name) !== 0) return [name];
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch (error) {
    throw unknownHost(name, error);
  }
}

function unknownHost(host: string, cause: unknown): DomainError {
  return new DomainError("CLUSTER_UNREACHABLE", { message: `${host} has no address`, params: { host }, cause });
}

/** The connection string for logs and pages: without user name and password. Never throws. */
export function redact(uri: string): string {
  return redactConnectionString(uri, { redactUsernames: true });
}
