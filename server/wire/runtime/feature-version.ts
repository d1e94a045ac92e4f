import { commandError } from "../command-error";
import type { ClusterStore } from "../storage/cluster-store";
import type { ServerConfig } from "./config";
import { putSystemDocument, readSystemDocument } from "./system-documents";
import { versionArray } from "./version";

const NAMESPACE = "admin.system.version";
const ID = "featureCompatibilityVersion";
/** The form of user documents; mongorestore refuses dumps of a server that does not say it. */
const AUTH_SCHEMA = { _id: "authSchema", currentVersion: 5 };
/** Releases an installation may hold back to. */
const MAJORS = ["4.4", "5.0", "6.0", "7.0", "8.0", "9.0"];

/** The feature compatibility version: a document of admin.system.version, written at the first start. */
export class FeatureVersion {
  constructor(
    private readonly store: ClusterStore,
    private readonly config: ServerConfig,
  ) {
    if (readSystemDocument(store, NAMESPACE, ID)) return;
    putSystemDocument(store, NAMESPACE, { _id: ID, version: config.fcv });
    putSystemDocument(store, NAMESPACE, AUTH_SCHEMA);
  }

  /** As getParameter answers it. */
  present(): { version: string } {
    return { version: String(readSystemDocument(this.store, NAMESPACE, ID)?.version ?? this.config.fcv) };
  }

  /** Moves to the release's own version or one major below it, as a real server allows. */
  set(version: string): void {
    const [major, minor] = versionArray(this.config.version);
    const own = `${major}.${minor}`;
    const below = MAJORS.filter((name) => Number(name) < Number(own)).at(-1);
    if (version !== own && version !== below && !MAJORS.includes(version)) {
      throw commandError(
        2,
        `Invalid feature compatibility version value '${version}'; expected '${below}' or '${own}'`,
      );
    }
    if (version !== own && version !== below) {
      const code = Number(version) > Number(own) ? 400 : 332;
      throw commandError(
        code,
        `Cannot set featureCompatibilityVersion to '${version}' on a server of version ${this.config.version}`,
      );
    }
    putSystemDocument(this.store, NAMESPACE, { _id: ID, version });
  }
}
