import type { ListObjectVersionsCommandInput, ListObjectVersionsCommandOutput } from "@aws-sdk/client-s3";
import { objectLocked, type ObjectLock } from "../storage";
import { Listing } from "./listing";
import type { OpenedS3 } from "./s3-client";
import { s3Error } from "./s3-errors";

interface Version {
  readonly VersionId?: string;
  readonly isMarker: boolean;
  readonly isLatest: boolean;
  readonly at: number;
}

interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

/**
 * Removes an object for good from a bucket with versions: every version, the newest last, so that nothing old comes to
 * light in between. (A plain delete would only put a marker on top and keep the bytes.) When a version is locked:
 * STORAGE_OBJECT_LOCKED, and the object is still there; unless it was hidden by a marker already, then all is well.
 */
export async function deleteVersions(opened: OpenedS3, place: Place, name: string): Promise<void> {
  const versions = await listVersions(opened, place, name);
  const isHidden = versions.at(-1)?.isMarker ?? true;
  for (const version of versions) {
    // A marker over locked versions stays, or they would come to light.
    const isRemoved = await removeVersion(opened, place, version, name);
    if (isRemoved) continue;
    if (isHidden) return;
    throw objectLocked(name);
  }
}

/** The versions of one name, the newest last. */
async function listVersions({ client, sdk }: OpenedS3, place: Place, name: string): Promise<Version[]> {
  const found: Version[] = [];
  const listing = new Listing("");
  let markers: { KeyMarker?: string; VersionIdMarker?: string } | null = {};
  while (markers) {
    const input: ListObjectVersionsCommandInput = { Bucket: place.Bucket, Prefix: place.Key, ...markers };
    const page: ListObjectVersionsCommandOutput = await client
      .send(new sdk.ListObjectVersionsCommand(input))
      .catch((error: unknown) => {
        throw s3Error(error, name);
      });
    const lists = [
      { entries: page.Versions ?? [], isMarker: false },
      { entries: page.DeleteMarkers ?? [], isMarker: true },
    ];
    for (const { entries, isMarker } of lists) {
      for (const { Key, VersionId, IsLatest = false, LastModified } of entries) {
        if (Key === place.Key)
          found.push({
            ...(VersionId && { VersionId }),
            isMarker,
            isLatest: IsLatest,
            at: LastModified?.getTime() ?? 0,
          });
      }
    }
    // Names that only begin like ours come after it.
    const isDone = !page.IsTruncated || page.NextKeyMarker !== place.Key;
    markers = isDone ? null : { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    if (markers) listing.next(page.NextVersionIdMarker ?? "none");
  }
  return found.sort((a, b) => Number(a.isLatest) - Number(b.isLatest) || a.at - b.at);
}

/** False when the version is locked. Servers refuse that with various codes, so the lock itself is asked for. */
async function removeVersion(opened: OpenedS3, place: Place, version: Version, name: string): Promise<boolean> {
  const at = { ...place, VersionId: version.VersionId };
  try {
    await opened.client.send(new opened.sdk.DeleteObjectCommand(at));
    return true;
  } catch (error) {
    const until = await lockedUntil(opened, at);
    if (until && until > new Date()) return false;
    throw s3Error(error, name);
  }
}

/** Locks the newest version, or for longer. Throws STORAGE_OBJECT_LOCKED when its lock lasts longer already. */
export async function extendLock(opened: OpenedS3, place: Place, lock: ObjectLock, name: string): Promise<void> {
  const Retention = { Mode: lock.mode, RetainUntilDate: lock.until };
  try {
    await opened.client.send(new opened.sdk.PutObjectRetentionCommand({ ...place, Retention }));
  } catch (error) {
    const until = await lockedUntil(opened, place);
    if (until && until > lock.until) throw objectLocked(name);
    throw s3Error(error, name, true);
  }
}

/** The end of a lock; null when there is none, or we may not know. */
async function lockedUntil({ client, sdk }: OpenedS3, place: Place & { VersionId?: string }): Promise<Date | null> {
  const lock = await client.send(new sdk.GetObjectRetentionCommand(place)).catch(() => null);
  return lock?.Retention?.RetainUntilDate ?? null;
}
