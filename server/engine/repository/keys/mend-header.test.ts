import { describe, expect, it } from "vitest";
import { InstallationKey } from "@/server/platform/crypto";
import { readObject } from "../../storage";
import { MemoryStore } from "../../storage/drivers/memory";
import { MemoryNodeIndex, Repository } from "..";
import { HEADER_NAME } from "./header";
import { encodeEnvelope, ensureEnvelope, envelopeName } from "./key-envelope";
import { mendHeader } from "./mend-header";
import { makeRepository, WRAPPER } from "../repository-fixture";
import { rewrapKeys } from "./rewrap-keys";

const withCode = (code: string) => expect.objectContaining({ code });
const OTHER = new InstallationKey("another installation's key");
const index = () => new MemoryNodeIndex();

describe("a repository whose header is lost or damaged", () => {
  const SOUND_SHAPE = { leafTargetBytes: 2048, innerTargetBytes: 1024 };

  it.each([
    ["lost", async (objects: MemoryStore) => objects.delete(HEADER_NAME)],
    ["damaged", async (objects: MemoryStore) => objects.put(HEADER_NAME, Buffer.from("{\n"))],
    [
      "damaged",
      async (objects: MemoryStore) => {
        const header = (await readObject(objects, HEADER_NAME)).toString();
        await objects.put(HEADER_NAME, Buffer.from(header.replace("2048", "4096")));
      },
    ],
  ])("says that it is %s, and gets the same one again", async (found, damage) => {
    const { store: objects, repository } = await makeRepository();
    const before = await readObject(objects, HEADER_NAME);
    await damage(objects);
    const open = () => Repository.openWithKey({ store: objects, index: index(), wrapper: WRAPPER });
    await expect(open()).rejects.toThrowError(/header|keys/);
    expect(await mendHeader(objects, WRAPPER)).toEqual({ repositoryId: repository.id, found });
    expect((await readObject(objects, HEADER_NAME)).equals(before)).toBe(true);
    expect((await open()).shape).toEqual(SOUND_SHAPE);
    expect(await mendHeader(objects, WRAPPER)).toMatchObject({ found: "whole" });
  });

  it("is told from a place that never had one", async () => {
    const { store: objects } = await makeRepository();
    await objects.delete(HEADER_NAME);
    const open = (store: MemoryStore) => Repository.openWithKey({ store, index: index(), wrapper: WRAPPER });
    await expect(open(objects)).rejects.toThrowError(withCode("REPOSITORY_HEADER_LOST"));
    await expect(open(new MemoryStore())).rejects.toThrowError(withCode("REPOSITORY_NOT_FOUND"));
  });

  it("is not mended by another repository's envelope, nor from a later version's", async () => {
    const { store: objects } = await makeRepository();
    const { store: others } = await makeRepository();
    const header = await readObject(objects, HEADER_NAME);
    await objects.put(envelopeName(WRAPPER), await readObject(others, envelopeName(WRAPPER)));
    await expect(mendHeader(objects, WRAPPER)).rejects.toThrowError(withCode("KEY_ENVELOPE_CORRUPT"));
    expect((await readObject(objects, HEADER_NAME)).equals(header)).toBe(true);

    const later = Buffer.from(
      (await readObject(others, HEADER_NAME)).toString().replace('"formatVersion":1', '"formatVersion":2'),
    );
    await others.put(HEADER_NAME, later);
    await expect(mendHeader(others, WRAPPER)).rejects.toThrowError(withCode("REPOSITORY_FORMAT_UNKNOWN"));
    expect((await readObject(others, HEADER_NAME)).equals(later)).toBe(true);
  });

  it("keeps what the header said in its envelope, also after the key was changed", async () => {
    const { store: objects, repository, keys } = await makeRepository();
    await objects.put(envelopeName(WRAPPER), encodeEnvelope(WRAPPER, { repositoryId: repository.id, keys }));
    expect(await ensureEnvelope(objects, WRAPPER, { repositoryId: repository.id, keys })).toBe(true);
    await rewrapKeys(objects, WRAPPER, OTHER);
    await objects.delete(HEADER_NAME);
    await mendHeader(objects, OTHER);
    const opened = await Repository.openWithKey({ store: objects, index: index(), wrapper: OTHER });
    expect(opened.shape).toEqual(SOUND_SHAPE);
  });
});
