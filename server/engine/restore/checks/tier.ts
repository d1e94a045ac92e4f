import { fail, pass, type Check, type SnapshotToCheck, type TargetToCheck } from "./check";

type TierKind = "free" | "flex" | "dedicated";

/** M0 is free, FLEX (and M2, M5, which became it) shares nodes, everything else is dedicated. */
export function tierKind(tier: string): TierKind {
  const name = tier.toUpperCase();
  if (name === "M0") return "free";
  return name === "FLEX" || name === "M2" || name === "M5" ? "flex" : "dedicated";
}

/** Tenants share their nodes: their snapshots stay within one major version. */
export function isTenant(tier: string): boolean {
  return tierKind(tier) !== "dedicated";
}

const TITLE = "Tier";

export function checkTier(snapshot: SnapshotToCheck, target: TargetToCheck): Check {
  const from = tierKind(snapshot.tier);
  const to = tierKind(target.tier);
  const path = `${snapshot.tier} to ${target.tier}`;
  if (to === "free") {
    return fail(
      "tier",
      TITLE,
      `${path}: an M0 cluster takes no restores. Use mongorestore for it.`,
      "INSUFFICIENT_INSTANCE_SIZE",
    );
  }
  if (from === "free") return fail("tier", TITLE, `${path}: an M0 cluster has no snapshots. Use mongodump for it.`);
  if (from === "dedicated" && to === "flex") {
    return fail("tier", TITLE, `${path}: a snapshot of a dedicated cluster cannot be restored to a Flex cluster.`);
  }
  return pass("tier", TITLE, `${path}.`);
}
