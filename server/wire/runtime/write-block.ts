import { commandError } from "../command-error";
import type { ClusterStore } from "../storage/cluster-store";
import { putSystemDocument, readSystemDocument, removeSystemDocument } from "./system-documents";

const NAMESPACE = "config.user_writes_critical_sections";
const UNBLOCKED = new Set(["admin", "config", "local"]);

/** Reasons that newer servers know; older ones refuse the field. */
export const WRITE_BLOCK_REASONS = ["Unspecified", "ClusterToClusterMigrationInProgress", "DiskUseThresholdExceeded"];

/**
 * setUserWriteBlockMode: a replicated document decides, so a restart changes nothing. Blocks every database but admin,
 * config and local for users without bypassWriteBlockingMode.
 */
export class WriteBlock {
  constructor(private readonly store: ClusterStore) {}

  #document(): { reason: string } | null {
    const doc = readSystemDocument(this.store, NAMESPACE, "");
    return doc && doc.blockUserWrites === true ? { reason: String(doc.reason ?? "Unspecified") } : null;
  }

  get active(): boolean {
    return this.store.collection(NAMESPACE) !== undefined && this.#document() !== null;
  }

  get reason(): string | null {
    return this.#document()?.reason ?? null;
  }

  /** Twice is fine; with another reason than the one in force it is refused (20). */
  set(global: boolean, reason: string): void {
    const active = this.#document();
    if (active && active.reason !== reason) {
      throw commandError(20, `Cannot change the user write block: it is in force with reason ${active.reason}`);
    }
    if (global && !active) {
      putSystemDocument(this.store, NAMESPACE, {
        _id: "",
        blockNewUserShardedDDL: false,
        blockUserWrites: true,
        reason,
      });
    } else if (!global && active) removeSystemDocument(this.store, NAMESPACE, "");
  }

  /** Throws UserWritesBlocked (371) for a write that is not let through. */
  assertAllowed(db: string, mayBypass: () => boolean): void {
    if (UNBLOCKED.has(db) || !this.active || mayBypass()) return;
    throw commandError(371, "User writes blocked");
  }
}
