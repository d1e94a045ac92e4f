import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { InstallationKey } from "@/server/platform/crypto";
import { ReadOnlyStore } from "../../storage/wrappers/read-only";
import { MemoryNodeIndex, Repository } from "..";
import { listEnvelopes } from "./key-envelope";
import { makeRepository, WRAPPER, type Fixture } from "../repository-fixture";
import { dropOldEnvelope, rewrapKeys } from "./rewrap-keys";

const NEXT = new InstallationKey("the next installation key");
const THIRD = new InstallationKey(randomBytes(12).toString("hex"));
const withCode = (code: string) => expect.objectContaining({ code });

const opensWith = async ({ store }: Pick<Fixture, "store">, wrapper: InstallationKey) =>
  (await Repository.openWithKey({ store, index: new MemoryNodeIndex(), wrapper })).id;

describe("wrapping a repository's keys anew", () => {
  it("lets the new key open it and the old one no more, and is the same when done again", async () => {
    const fixture = await makeRepository();
    const objects = await snapshotOf(fixture);
    for (let time = 0; time < 2; time += 1) {
      expect(await rewrapKeys(fixture.store, WRAPPER, NEXT)).toEqual({
        repositoryId: fixture.repository.id,
        old: "removed",
      });
      expect(await opensWith(fixture, NEXT)).toBe(fixture.repository.id);
      await expect(opensWith(fixture, WRAPPER)).rejects.toThrowError(withCode("REPOSITORY_KEY_WRONG"));
    }
    const changed = (await snapshotOf(fixture)).filter((name) => !objects.includes(name));
    expect(changed).toEqual([`keys/${NEXT.id.toString("hex")}`]);
  });

  it("to the same key keeps its envelope", async () => {
    const fixture = await makeRepository();
    expect((await rewrapKeys(fixture.store, WRAPPER, WRAPPER)).old).toBe("kept");
    expect(await opensWith(fixture, WRAPPER)).toBe(fixture.repository.id);
  });

  it("keeps the old envelope where the storage lets nothing be removed", async () => {
    const fixture = await makeRepository();
    await fixture.store.extendLock(`keys/${WRAPPER.id.toString("hex")}`, {
      mode: "COMPLIANCE",
      until: new Date("2999-01-01T00:00:00Z"),
    });
    expect((await rewrapKeys(fixture.store, WRAPPER, NEXT)).old).toBe("kept");
    for (const key of [WRAPPER, NEXT]) expect(await opensWith(fixture, key)).toBe(fixture.repository.id);
  });

  it("changes nothing with a key that does not open it, or in storage that is read-only", async () => {
    const fixture = await makeRepository();
    const objects = await snapshotOf(fixture);
    await expect(rewrapKeys(fixture.store, THIRD, NEXT)).rejects.toThrowError(withCode("REPOSITORY_KEY_WRONG"));
    const readOnly = new ReadOnlyStore(fixture.store);
    await expect(rewrapKeys(readOnly, WRAPPER, NEXT)).rejects.toThrowError(withCode("STORAGE_READ_ONLY"));
    expect(await snapshotOf(fixture)).toEqual(objects);
  });

  it("never removes the old envelope before the new one can be read", async () => {
    const { store, repository } = await makeRepository();
    await expect(dropOldEnvelope(store, WRAPPER.id, NEXT, repository.id)).rejects.toThrow();
    expect((await listEnvelopes(store)).map(({ keyId }) => keyId)).toEqual([WRAPPER.id.toString("hex")]);
  });
});

async function snapshotOf({ store }: Fixture): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list("")) names.push(name);
  return names;
}
