import { fail, pass, warn, type Check, type SnapshotToCheck, type TargetToCheck } from "./check";
import { isTenant } from "./tier";

export interface Release {
  major: number;
  minor: number;
}

/** Releases in their order before 5.0, where each was a series of its own; from 5.0 on the first number is the major. */
const SERIES = ["3.6", "4.0", "4.2", "4.4", "5.0"] as const;

/** The first two numbers; suffixes and patch do not matter. Null when there are none. */
export function parseRelease(version: string): Release | null {
  const match = /^(\d+)\.(\d+)/.exec(version);
  return match === null ? null : { major: Number(match[1]), minor: Number(match[2]) };
}

function seriesOf({ major, minor }: Release): number {
  if (major >= 5) return SERIES.length - 1 + (major - 5);
  return SERIES.indexOf(`${major}.${minor}` as (typeof SERIES)[number]);
}

function seriesAt(index: number): string {
  return index < SERIES.length ? SERIES[index]! : `${index - (SERIES.length - 1) + 5}.0`;
}

/** The rule of the provider's documentation; `pinnedFcv` replaces it by "same major as the pinned version". */
export function isVersionAllowed(
  backup: Release,
  target: Release,
  rule: { pinnedFcv: Release | null; tenant: boolean },
): boolean {
  if (rule.pinnedFcv !== null) return target.major === rule.pinnedFcv.major;
  if (rule.tenant) return target.major === backup.major;
  if (backup.major < 5) {
    const from = seriesOf(backup);
    const to = seriesOf(target);
    return from >= 0 && to >= 0 && (to === from || to === from + 1);
  }
  return (target.major === backup.major && target.minor >= backup.minor) || target.major === backup.major + 1;
}

const TITLE = "Version";

/** Version, minor, series before 5.0, pinned feature compatibility version, the tenant rule. */
export function checkVersion(snapshot: SnapshotToCheck, target: TargetToCheck): Check {
  const from = parseRelease(snapshot.version);
  const to = parseRelease(target.version);
  if (from === null || to === null) {
    return fail("version", TITLE, `The version of the ${from === null ? "snapshot" : "target"} is not known.`);
  }
  const tenant = isTenant(snapshot.tier);
  const pinnedFcv = snapshot.fcvPinned ? parseRelease(snapshot.fcv) : null;
  const path = `${snapshot.version} to ${target.version}`;
  if (isVersionAllowed(from, to, { pinnedFcv, tenant })) {
    return pass("version", TITLE, `${path}: ${allowedBecause(from, to, pinnedFcv)}.`);
  }
  const only = allowedReleases(from, pinnedFcv, tenant);
  const pinned = pinnedFcv === null ? "" : `, with its feature compatibility version pinned to ${snapshot.fcv},`;
  return fail(
    "version",
    TITLE,
    `A backup of ${snapshot.version}${pinned} can be restored to ${only}, not to ${target.version}.`,
    tenant ? "TENANT_RESTORE_VERSION_MISMATCH" : null,
  );
}

function allowedBecause(from: Release, to: Release, pinnedFcv: Release | null): string {
  if (pinnedFcv !== null) return `the same major as the pinned feature compatibility version`;
  if (from.major === to.major && from.minor === to.minor) return "same major and minor, the patch does not matter";
  if (from.major < 5) return "the next release series";
  return from.major === to.major ? "a later minor of the same major" : "the next major";
}

function allowedReleases(from: Release, pinnedFcv: Release | null, tenant: boolean): string {
  if (pinnedFcv !== null) return `${pinnedFcv.major}.x`;
  if (tenant) return `${from.major}.x`;
  if (from.major < 5) return `${from.major}.${from.minor} or ${seriesAt(seriesOf(from) + 1)}`;
  const same = from.minor === 0 ? `${from.major}.x` : `${from.major}.${from.minor} and later minors`;
  return `${same} or ${from.major + 1}.x`;
}

const FCV_TITLE = "Feature compatibility";

/** The target's feature compatibility version must not be below the one that the data were written under. */
export function checkFcv(snapshot: SnapshotToCheck, target: TargetToCheck): Check {
  if (target.fcvTargetVersion) {
    return fail(
      "fcv",
      FCV_TITLE,
      `The target is changing its feature compatibility version to ${target.fcvTargetVersion}. Wait until it is done.`,
    );
  }
  const from = parseRelease(snapshot.fcv);
  const to = parseRelease(target.fcv);
  if (from === null || to === null) return warn("fcv", FCV_TITLE, "One of the two versions is not known.");
  const lower = to.major < from.major || (to.major === from.major && to.minor < from.minor);
  const path = `${snapshot.fcv}${snapshot.fcvPinned ? " (pinned)" : ""} to ${target.fcv}`;
  if (lower) return fail("fcv", FCV_TITLE, `${path}: the target's is lower than the one the data were written under.`);
  return pass("fcv", FCV_TITLE, `${path}.`);
}
