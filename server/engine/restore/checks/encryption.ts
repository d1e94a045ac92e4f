import { fail, pass, type Check, type ComplianceToCheck, type SnapshotToCheck, type TargetToCheck } from "./check";
import { isTenant } from "./tier";

const TITLE = "Encryption";
const CODE = "INVALID_SNAPSHOT_RESTORE_ENCRYPTION";

/** Encryption at rest with keys of the customer; the repository's own encryption is another matter. */
export function checkEncryption(snapshot: SnapshotToCheck, target: TargetToCheck): Check {
  const from = snapshot.encryption;
  const to = target.encryption;
  if (snapshot.encryptionKeyUsable === false) {
    return fail("encryption", TITLE, "The key that encrypted this snapshot can no longer be used.", CODE);
  }
  if (isTenant(snapshot.tier) && to !== "none") {
    const fact = "A Flex snapshot cannot be restored to a cluster with customer-managed keys.";
    return fail("encryption", TITLE, fact, "TENANT_RESTORE_DESTINATION_ENCRYPTION");
  }
  if (from === to) {
    return pass(
      "encryption",
      TITLE,
      from === "none" ? "No customer-managed keys on either side." : `Keys of ${from} on both sides.`,
    );
  }
  if (from === "none")
    return fail("encryption", TITLE, "An unencrypted snapshot cannot go to an encrypted target.", CODE);
  if (to === "none") {
    return fail(
      "encryption",
      TITLE,
      "The target has no customer-managed keys. Enable them or choose another target.",
      CODE,
    );
  }
  return fail("encryption", TITLE, `The key providers differ: ${from} and ${to}.`, CODE);
}

const COMPLIANCE_TITLE = "Compliance policy";

/** A policy forbids no restore as such; it may require that the target is encrypted. */
export function checkCompliance(target: TargetToCheck, compliance: ComplianceToCheck | undefined): Check {
  if (!compliance?.active)
    return pass("compliance", COMPLIANCE_TITLE, "The target's project has no backup compliance policy.");
  if (compliance.encryptionRequired && target.encryption === "none") {
    return fail(
      "compliance",
      COMPLIANCE_TITLE,
      "The target's project requires customer-managed keys, and the target has none.",
    );
  }
  return pass(
    "compliance",
    COMPLIANCE_TITLE,
    "The target's project has a backup compliance policy, which allows this restore.",
  );
}
