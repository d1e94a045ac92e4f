import { lookup as dnsLookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { DomainError } from "@/server/platform/errors/domain-error";

/** Which addresses a connection string may lead to. */
export interface NetworkPolicy {
  /** Networks in CIDR notation that may be reached; empty: all but the ones that are never allowed. */
  reachableNetworks: readonly string[];
}

/**
 * Never allowed, whatever the policy says: link-local networks and the well-known metadata services of cloud
 * providers (they answer anybody on the machine with its credentials), unspecified and multicast addresses.
 */
const NEVER: ReadonlyArray<[network: string, prefix: number, family: "ipv4" | "ipv6"]> = [
  ["0.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["100.100.100.200", 32, "ipv4"], // Alibaba Cloud
  ["168.63.129.16", 32, "ipv4"], // Azure
  ["192.0.0.192", 32, "ipv4"], // Oracle Cloud
  ["224.0.0.0", 4, "ipv4"],
  ["255.255.255.255", 32, "ipv4"],
  ["::", 128, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
  ["fd00:ec2::254", 128, "ipv6"], // AWS
  ["fd20:ce::254", 128, "ipv6"], // Google Cloud
  ["64:ff9b::a9fe:0", 112, "ipv6"], // 169.254.0.0/16 behind NAT64
];

const never = new BlockList();
for (const [network, prefix, family] of NEVER) never.addSubnet(network, prefix, family);

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

function parseNetworks(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of networks) {
    const [network = "", prefix] = entry.trim().split("/");
    const version = isIP(network);
    const bits = prefix === undefined ? (version === 6 ? 128 : 32) : Number(prefix);
    if (version === 0 || !Number.isInteger(bits) || bits < 0 || bits > (version === 6 ? 128 : 32)) {
      throw new DomainError("VALIDATION_ERROR", {
        message: `not a network: ${entry}`,
        params: { field: "reachableNetworks", value: entry },
      });
    }
    list.addSubnet(network, bits, familyOf(network));
  }
  return list;
}

/** True when this IP address (no name) may be connected to. IPv4 inside IPv6 notation counts as IPv4. */
export function isAddressAllowed(address: string, policy: NetworkPolicy): boolean {
  if (isIP(address) === 0) return false;
  const family = familyOf(address);
  if (never.check(address, family)) return false;
  if (policy.reachableNetworks.length === 0) return true;
  return parseNetworks(policy.reachableNetworks).check(address, family);
}

/** The error for a host that may not be reached; the text says which and why. */
export function refusedAddress(host: string, address: string): DomainError {
  return new DomainError("CONNECTION_STRING_REFUSED", {
    message: `${host} is at ${address}, which this installation does not connect to`,
    params: { reason: "address", host, address },
  });
}

/**
 * A `lookup` for the driver's sockets: resolves as usual and fails with CONNECTION_STRING_REFUSED when any address of
 * the name may not be reached. It runs at each connection, so a name that changes its address later is caught too.
 */
export function guardedLookup(policy: NetworkPolicy): LookupFunction {
  return (hostname, options, callback) => {
    dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "");
      const refused = addresses.find(({ address }) => !isAddressAllowed(address, policy));
      if (refused) return callback(refusedAddress(hostname, refused.address), "");
      if (options.all) return callback(null, addresses);
      const first = addresses[0];
      if (!first) return callback(new Error(`no address for ${hostname}`), "");
      callback(null, first.address, first.family);
    });
  };
}
