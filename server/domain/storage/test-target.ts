import type { Actor } from "@/server/access/actor";
import type { OrgScope } from "@/server/access/require-permission";
import { assertWithinRate } from "@/server/auth/rate-limit";
import { probeStorage, type ObjectStore } from "@/server/engine/storage";
import { systemClock } from "@/server/platform/clock";
import { db } from "@/server/platform/db";
import { DomainError } from "@/server/platform/errors/domain-error";
import { getTarget } from "./find-target";
import {
  assertCredentialsFit,
  KIND_OF_SCHEME,
  locationOf,
  openPlace,
  openTargetStore,
  readLocation,
} from "./open-target";
import type { StorageKind, TargetCredentials, TargetTest, TestNewTarget } from "./schema";

/** Tests of one person: a form that reaches hosts must not become a scanner. */
const TESTS = { limit: 60, windowSeconds: 600 };
const TEST_TIMEOUT_MS = 30_000;

async function probe(store: ObjectStore): Promise<TargetTest> {
  const signal = AbortSignal.timeout(TEST_TIMEOUT_MS);
  try {
    const { ok, steps } = await probeStorage(store, { clock: systemClock, signal });
    return { at: systemClock.now(), ok, steps: steps.map((step) => ({ ...step })) };
  } finally {
    // The store was opened for this. What still hangs in it after the time limit ends here, too.
    store.close?.();
  }
}

/**
 * Tries a place that is not saved: stores, reads, lists and deletes small objects. What fails there is in the answer.
 * Throws INVALID_ATTRIBUTE for what is no location, STORAGE_LOCATION_REFUSED for a folder that is not allowed.
 */
export async function testPlace(
  actor: Actor,
  input: { location: string; credentials: TargetCredentials },
): Promise<{ kind: StorageKind; test: TargetTest }> {
  await assertWithinRate([{ key: `storage-test:${actor.id}`, ...TESTS }]);
  const kind = KIND_OF_SCHEME[readLocation(input.location).scheme];
  assertCredentialsFit(kind, input.credentials);
  return { kind, test: await probe(await openPlace(kind, input.location, input.credentials)) };
}

export async function testNewTarget(actor: Actor, input: TestNewTarget): Promise<TargetTest> {
  return (await testPlace(actor, input)).test;
}

/** The same, for saving afterwards: throws STORAGE_TEST_FAILED unless every step went well. */
export async function assertPlaceWorks(
  actor: Actor,
  input: { location: string; credentials: TargetCredentials },
): Promise<{ kind: StorageKind; test: TargetTest }> {
  const tested = await testPlace(actor, input);
  const failed = tested.test.steps.find((step) => !step.ok);
  if (!failed) return tested;
  throw new DomainError("STORAGE_TEST_FAILED", {
    message: `${failed.name}: ${failed.message ?? failed.code}`,
    params: { step: failed.name, code: failed.code, detail: failed.message },
  });
}

/** What a row keeps of a test. */
export function testColumns(test: TargetTest) {
  return { testedAt: test.at, testOk: test.ok, testSteps: test.steps };
}

/** Tests a target as it is, and keeps the result in its row. Throws STORAGE_TARGET_NOT_FOUND. */
export async function testTarget(actor: Actor, org: OrgScope, targetId: string): Promise<TargetTest> {
  await assertWithinRate([{ key: `storage-test:${actor.id}`, ...TESTS }]);
  const target = await getTarget(db(), org.id, targetId);
  const test = await probe(await openTargetStore(target, locationOf(target)));
  await db().storageTarget.update({ where: { id: target.id }, data: testColumns(test) });
  return test;
}
