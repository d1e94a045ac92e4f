import type { Check, RestoreToCheck } from "./check";
import { checkCompliance, checkEncryption } from "./encryption";
import { checkCaller, checkConsistency, checkNotAtomic, checkSnapshotState } from "./snapshot-state";
import { checkBypass, checkLock, checkSpace, checkTargetState, checkWriteBlock } from "./target-state";
import { checkTier } from "./tier";
import { checkTopology } from "./topology";
import { checkFcv, checkVersion } from "./version";

/** Every check, always all of them and in this order. A full load may start when none of them fails. */
export function checkRestore({ snapshot, target, caller, compliance }: RestoreToCheck): Check[] {
  return [
    ...checkCaller(caller),
    checkSnapshotState(snapshot),
    checkTargetState(target),
    checkTier(snapshot, target),
    checkVersion(snapshot, target),
    checkFcv(snapshot, target),
    checkTopology(snapshot, target),
    checkEncryption(snapshot, target),
    checkCompliance(target, compliance),
    checkSpace(snapshot, target),
    checkLock(target),
    checkWriteBlock(target),
    checkBypass(target),
    checkConsistency(snapshot),
    checkNotAtomic(snapshot, target),
  ];
}

/** The first failure that stops the plan, or null. */
export function firstFailure(checks: Check[]): Check | null {
  return checks.find((check) => check.result === "fail") ?? null;
}
