import type { Document } from "mongodb";

/**
 * The unified test format of the drivers, as far as the tests under HOLDFAST_TEST_DATA use it:
 * https://github.com/mongodb/specifications/blob/master/source/unified-test-format/unified-test-format.md
 */
export interface SpecFile {
  readonly description: string;
  readonly schemaVersion: string;
  readonly runOnRequirements?: readonly Requirement[];
  readonly createEntities?: readonly EntitySpec[];
  readonly initialData?: readonly CollectionData[];
  readonly tests: readonly SpecTest[];
}

export interface Requirement {
  readonly minServerVersion?: string;
  readonly maxServerVersion?: string;
  readonly topologies?: readonly string[];
  readonly auth?: boolean;
  readonly serverless?: string;
}

export interface SpecTest {
  readonly description: string;
  readonly skipReason?: string;
  readonly runOnRequirements?: readonly Requirement[];
  readonly operations: readonly Operation[];
  readonly expectEvents?: readonly ExpectedEvents[];
  readonly outcome?: readonly CollectionData[];
}

export interface CollectionData {
  readonly databaseName: string;
  readonly collectionName: string;
  readonly documents: readonly Document[];
  readonly createOptions?: Document;
}

export type EntitySpec =
  | { readonly client: ClientSpec }
  | { readonly database: { id: string; client: string; databaseName: string; databaseOptions?: Document } }
  | { readonly collection: { id: string; database: string; collectionName: string; collectionOptions?: Document } }
  | { readonly session: { id: string; client: string; sessionOptions?: Document } };

export interface ClientSpec {
  readonly id: string;
  readonly uriOptions?: Document;
  readonly serverApi?: Document;
  readonly observeEvents?: readonly string[];
  readonly ignoreCommandMonitoringEvents?: readonly string[];
}

export interface Operation {
  readonly name: string;
  readonly object: string;
  readonly arguments?: Document;
  readonly expectResult?: unknown;
  readonly expectError?: ExpectedError;
  readonly saveResultAsEntity?: string;
  readonly ignoreResultAndError?: boolean;
}

export interface ExpectedError {
  readonly isError?: boolean;
  readonly isClientError?: boolean;
  readonly errorContains?: string;
  readonly errorCode?: number;
  readonly errorCodeName?: string;
  readonly errorLabelsContain?: readonly string[];
  readonly errorLabelsOmit?: readonly string[];
  readonly errorResponse?: Document;
  readonly expectResult?: unknown;
  readonly writeErrors?: Document;
  readonly writeConcernErrors?: readonly Document[];
}

export interface ExpectedEvents {
  readonly client: string;
  readonly eventType?: "command" | "cmap";
  readonly ignoreExtraEvents?: boolean;
  readonly events: readonly Document[];
}

/** Why a test does not apply to this server, or null. */
export function unmetRequirement(requirements: readonly Requirement[] | undefined, version: string): string | null {
  if (requirements === undefined || requirements.length === 0) return null;
  const reasons = requirements.map((requirement) => unmet(requirement, version));
  return reasons.includes(null) ? null : reasons.join("; or ");
}

function unmet(requirement: Requirement, version: string): string | null {
  const { minServerVersion, maxServerVersion, topologies, auth } = requirement;
  if (minServerVersion && compareVersions(version, minServerVersion) < 0) return `wants ${minServerVersion} or newer`;
  if (maxServerVersion && compareVersions(version, maxServerVersion) > 0) return `wants ${maxServerVersion} or older`;
  if (topologies && !topologies.includes("replicaset")) return `wants ${topologies.join(" or ")}`;
  if (auth === true) return "wants a server with users";
  return null;
}

function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => text.split(".").map(Number));
  for (let i = 0; i < 3; i += 1) {
    const order = (x![i] ?? 0) - (y![i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
