import { fail, pass, warn, type Check, type SnapshotToCheck, type TargetToCheck } from "./check";

const TITLE = "Target";

export function checkTargetState(target: TargetToCheck): Check {
  switch (target.state) {
    case "deleted":
      return fail("state", TITLE, `${target.name} does not exist any more.`, "CLUSTER_NOT_FOUND");
    case "creating":
    case "deleting":
      return fail("state", TITLE, `${target.name} is ${target.state}.`, "RESTORE_INITIATION_FAILED");
    case "paused":
      return fail("state", TITLE, `${target.name} is paused. Resume it first.`, "CLUSTER_PAUSED_CANNOT_RESTORE");
    case "unreachable":
      return fail("state", TITLE, `${target.name} cannot be used now: ${target.stateReason ?? "it does not answer"}.`);
  }
  if (target.liveImportRunning) {
    const code = "CANNOT_PERFORM_RESTORE_ON_CLUSTER_WITH_RUNNING_LIVE_IMPORT";
    return fail("state", TITLE, `${target.name} is receiving a live import.`, code);
  }
  if (target.missingPrivileges.length > 0) {
    return fail(
      "state",
      TITLE,
      `The portal's database user on ${target.name} lacks: ${target.missingPrivileges.join(", ")}.`,
    );
  }
  return pass("state", TITLE, `${target.name} runs and answers.`);
}

const LOCK_TITLE = "No other restore";

export function checkLock(target: TargetToCheck): Check {
  if (target.restoreRunning) {
    const fact = `Another restore into ${target.name}, or into another cluster on the same server, is running.`;
    return fail("lock", LOCK_TITLE, fact, "ATLAS_CLUSTER_RESTORE_IN_PROGRESS");
  }
  if (target.writeBlock === "notOurs") {
    const fact =
      "Writes on the target are blocked already, and not by this portal: find out who does before you lift it.";
    return fail("lock", LOCK_TITLE, fact, "WRITE_BLOCK_NOT_OURS");
  }
  return pass("lock", LOCK_TITLE, "No restore is running there, and nobody blocks its writes.");
}

const BLOCK_TITLE = "Writes can be blocked";

export function checkWriteBlock(target: TargetToCheck): Check {
  if (target.canBlockWrites && target.writeBlock !== "unsupported") {
    return pass("writeBlock", BLOCK_TITLE, "The server refuses everybody else's writes while the restore runs.");
  }
  const reason = target.cannotBlockReason ?? "the server has no write block";
  return warn(
    "writeBlock",
    BLOCK_TITLE,
    `Writes cannot be blocked: ${reason}. Stop every client before you start; what they write is lost.`,
  );
}

const BYPASS_TITLE = "Clients";
const NAMES_SHOWN_MAX = 5;

export function checkBypass(target: TargetToCheck): Check {
  const clients = target.otherClients ?? 0;
  const connected = clients > 0 ? ` ${clients} other connections are open now; their reads go on.` : "";
  if (!target.bypassKnown) {
    return warn(
      "bypass",
      BYPASS_TITLE,
      `It is not known which users pass a write block: we may not list them.${connected}`,
    );
  }
  if (target.usersWhoBypass.length > 0) {
    const shown = target.usersWhoBypass.slice(0, NAMES_SHOWN_MAX).join(", ");
    const more = target.usersWhoBypass.length - NAMES_SHOWN_MAX;
    const names = more > 0 ? `${shown} and ${more} more` : shown;
    return warn(
      "bypass",
      BYPASS_TITLE,
      `These users can write in spite of the block: ${names}. Keep them from doing so.${connected}`,
    );
  }
  if (clients > 0) return warn("bypass", BYPASS_TITLE, `Stop the clients of the target.${connected}`);
  return pass("bypass", BYPASS_TITLE, "No other user can write during the block.");
}

const SPACE_TITLE = "Space";
/** Indexes and the journal come on top of the documents; the old data stay until the new are proven. */
const COMFORTABLE_FACTOR = 1.5;

export function checkSpace(snapshot: SnapshotToCheck, target: TargetToCheck): Check {
  const need = formatBytes(snapshot.dataBytes);
  if (target.storage === null) {
    const fact = `The target does not tell its free space. It needs ${need} beside its present data until the restore is proven.`;
    return warn("space", SPACE_TITLE, fact);
  }
  const free = formatBytes(target.storage.freeBytes);
  if (target.storage.freeBytes < snapshot.dataBytes) {
    return fail("space", SPACE_TITLE, `${need} must fit beside the present data, and ${free} are free.`);
  }
  if (target.storage.freeBytes < snapshot.dataBytes * COMFORTABLE_FACTOR) {
    return warn(
      "space",
      SPACE_TITLE,
      `${need} of documents and their indexes must fit beside the present data; ${free} are free.`,
    );
  }
  return pass("space", SPACE_TITLE, `${need} are needed beside the present data; ${free} are free.`);
}

/** 1 KiB and up with one digit after the point. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
