import type { Actor } from "@/server/access/actor";
import type { OrgScope } from "@/server/access/require-permission";
import { db, isUniqueViolation } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { newId } from "@/server/platform/ids";
import { recordActivity } from "../activity/record-activity";
import type { NamedRef } from "../common/schema";
import { getTarget, lockTarget } from "./find-target";
import { assertCredentialsFit, locationOf, sealCredentials } from "./open-target";
import { describePlace } from "./present";
import type { AddTarget, OneTarget, UpdateTarget } from "./schema";
import { assertPlaceWorks, testColumns } from "./test-target";

function nameTaken(error: unknown, name: string): unknown {
  if (!isUniqueViolation(error)) return error;
  return new DomainError("STORAGE_TARGET_ALREADY_EXISTS", { params: { name }, cause: error });
}

/**
 * Adds a target, once it passed its test. Credentials are kept sealed. Throws STORAGE_TARGET_ALREADY_EXISTS,
 * STORAGE_TEST_FAILED, STORAGE_LOCATION_REFUSED, INVALID_ATTRIBUTE.
 */
export async function addTarget(actor: Actor, org: OrgScope, input: AddTarget): Promise<NamedRef> {
  const { name, location, credentials } = input;
  const { kind, test } = await assertPlaceWorks(actor, input);
  const id = newId();
  try {
    await db().$transaction(async (tx) => {
      await tx.storageTarget.create({
        data: {
          id,
          organizationId: org.id,
          name,
          liveName: name,
          kind,
          location,
          credentialsSealed: sealCredentials(credentials),
          createdByName: actor.name,
          ...testColumns(test),
        },
      });
      const details = { targetId: id, name, kind, place: describePlace(location).place };
      await recordActivity(tx, { organizationId: org.id, type: "STORAGE_TARGET_ADDED", actor, details });
    });
  } catch (error) {
    throw nameTaken(error, name);
  }
  return { id, name };
}

/**
 * Changes name or credentials; new credentials have to pass the test, and count from the next snapshot, restore or page
 * on. Throws STORAGE_TARGET_NOT_FOUND, STORAGE_TARGET_ALREADY_EXISTS, STORAGE_TEST_FAILED, INVALID_ATTRIBUTE.
 */
export async function updateTarget(actor: Actor, org: OrgScope, input: UpdateTarget): Promise<void> {
  const { name, credentials } = input;
  const before = await getTarget(db(), org.id, input.targetId);
  if (before.kind === "INSTALLATION") {
    const detail = "The installation's own disk has no name or credentials to change.";
    throw new DomainError("INVALID_ATTRIBUTE", { params: { attribute: "targetId", detail } });
  }
  if (credentials) assertCredentialsFit(before.kind, credentials);
  const tested = credentials ? await assertPlaceWorks(actor, { location: locationOf(before), credentials }) : null;
  try {
    await db().$transaction(async (tx) => {
      const target = await lockTarget(tx, org.id, input.targetId);
      await tx.storageTarget.update({
        where: { id: target.id },
        data: {
          ...(name ? { name, liveName: name } : {}),
          ...(credentials ? { credentialsSealed: sealCredentials(credentials), revision: { increment: 1 } } : {}),
          ...(tested ? testColumns(tested.test) : {}),
        },
      });
      const changed = [...(name && name !== target.name ? ["name"] : []), ...(credentials ? ["credentials"] : [])];
      const details = { targetId: target.id, name: name ?? target.name, changed };
      await recordActivity(tx, { organizationId: org.id, type: "STORAGE_TARGET_CHANGED", actor, details });
    });
  } catch (error) {
    throw nameTaken(error, name ?? before.name);
  }
}

/** Snapshots that no assignment sends elsewhere go to this target from now on. Throws STORAGE_TARGET_NOT_FOUND. */
export async function makeTargetDefault(actor: Actor, org: OrgScope, input: OneTarget): Promise<void> {
  await db().$transaction(async (tx) => {
    const target = await lockTarget(tx, org.id, input.targetId);
    if (target.isDefault) return;
    const before = await tx.storageTarget.findFirstOrThrow({ where: { organizationId: org.id, isDefault: true } });
    await tx.storageTarget.update({ where: { id: before.id }, data: { isDefault: false } });
    await tx.storageTarget.update({ where: { id: target.id }, data: { isDefault: true } });
    const details = { targetId: target.id, name: target.name, before: before.name };
    await recordActivity(tx, { organizationId: org.id, type: "STORAGE_DEFAULT_CHANGED", actor, details });
  });
}
