import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { InstallationKey } from "@/server/platform/crypto";
import { MemoryStore } from "../../storage/drivers/memory";
import { readObject } from "../../storage";
import { FaultyStore } from "../../storage/wrappers/faulty";
import { MemoryNodeIndex, Repository } from "..";
import { HEADER_NAME } from "./header";
import {
  decodeEnvelope,
  encodeEnvelope,
  ensureEnvelope,
  envelopeName,
  listEnvelopes,
  readEnvelope,
  removeEnvelope,
} from "./key-envelope";
import { readRecoveryKit, recoveryKitText } from "./recovery-kit";
import { readHeaderObject } from "./unlock-keys";
import { documents, makeRepository, manifestOf, readAll, SHAPE, store, WRAPPER } from "../repository-fixture";
import { rebuildIndex } from "../node-index/rebuild-index";

const withCode = (code: string) => expect.objectContaining({ code });
const OTHER = new InstallationKey("another installation's key");
const index = () => new MemoryNodeIndex();

describe("the key envelope", () => {
  it("opens a repository with the installation key and nothing else", async () => {
    const { store: objects, repository } = await makeRepository();
    const root = await store(repository, documents(300));
    const layers = { base: root, deltas: [] };
    const manifestId = await repository.writeManifest(manifestOf({ orders: layers }, { orders: root }));

    const opened = await Repository.openWithKey({ store: objects, index: index(), wrapper: WRAPPER });
    await rebuildIndex(opened);
    expect(opened.id).toBe(repository.id);
    const manifest = await opened.readManifest(manifestId);
    expect(await readAll(opened, manifest.members[0]!.collections[0]!.layers!)).toHaveLength(300);
  });

  it("shows neither key", async () => {
    const { store: objects, keys } = await makeRepository();
    const text = (await readObject(objects, envelopeName(WRAPPER))).toString();
    for (const key of [keys.idKey, keys.encryptionKey]) {
      expect(text).not.toContain(key.toString("base64").slice(0, 12));
      expect(text).not.toContain(key.toString("hex"));
    }
  });

  it("says that a key is another installation's", async () => {
    const { store: objects } = await makeRepository();
    const opening = Repository.openWithKey({ store: objects, index: index(), wrapper: OTHER });
    await expect(opening).rejects.toThrowError(withCode("REPOSITORY_KEY_WRONG"));
    const bytes = await readObject(objects, envelopeName(WRAPPER));
    expect(() => decodeEnvelope(OTHER, bytes)).toThrowError(withCode("REPOSITORY_KEY_WRONG"));
  });

  it("says that there is no repository before it asks for its keys", async () => {
    const opening = Repository.openWithKey({ store: new MemoryStore(), index: index(), wrapper: WRAPPER });
    await expect(opening).rejects.toThrowError(withCode("REPOSITORY_NOT_FOUND"));
  });

  it("and the header are not read further than they may be long", async () => {
    const { store: objects } = await makeRepository();
    let bytes = 0;
    const piece = (_name: string, part: Buffer) => {
      bytes += part.length;
      return part;
    };
    const read = new FaultyStore(objects, { piece });
    await objects.put(envelopeName(WRAPPER), Buffer.alloc(8 * 1024 * 1024, "x"));
    await expect(readEnvelope(read, WRAPPER)).rejects.toThrowError(withCode("KEY_ENVELOPE_CORRUPT"));
    expect(bytes).toBe(64 * 1024 + 1);
    await objects.put(HEADER_NAME, Buffer.alloc(8 * 1024 * 1024, "x"));
    bytes = 0;
    expect(await readHeaderObject(read)).toHaveLength(64 * 1024 + 1);
    expect(bytes).toBe(64 * 1024 + 1);
  });

  it("notices every changed byte", { timeout: 30_000 }, async () => {
    const { store: objects } = await makeRepository();
    const bytes = await readObject(objects, envelopeName(WRAPPER));
    for (let at = 0; at < bytes.length - 1; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => decodeEnvelope(WRAPPER, changed), `byte ${at}`).toThrow();
      if (at % 7 === 0) expect(() => decodeEnvelope(WRAPPER, bytes.subarray(0, at))).toThrow();
    }
  });

  it("of another repository does not stand in, under its own name or a changed one", async () => {
    const mine = await makeRepository();
    const theirs = await makeRepository();
    const foreign = await readObject(theirs.store, envelopeName(WRAPPER));
    const renamed = foreign.toString().replace(theirs.repository.id, mine.repository.id);
    for (const bytes of [foreign, Buffer.from(renamed)]) {
      await mine.store.put(envelopeName(WRAPPER), bytes);
      const opening = Repository.openWithKey({ store: mine.store, index: index(), wrapper: WRAPPER });
      await expect(opening).rejects.toThrowError(withCode("KEY_ENVELOPE_CORRUPT"));
    }
  });

  it("does not open with wrapped keys that changed places", async () => {
    const { store: objects } = await makeRepository();
    const stored = JSON.parse((await readObject(objects, envelopeName(WRAPPER))).toString()) as Record<string, string>;
    const swapped = { ...stored, idKey: stored.encryptionKey, encryptionKey: stored.idKey };
    expect(() => decodeEnvelope(WRAPPER, Buffer.from(JSON.stringify(swapped)))).toThrowError(
      withCode("KEY_ENVELOPE_CORRUPT"),
    );
  });

  it("with keys that the header does not prove opens nothing", async () => {
    const { store: objects, repository } = await makeRepository();
    const keys = { idKey: randomBytes(32), encryptionKey: randomBytes(32) };
    await objects.put(envelopeName(WRAPPER), encodeEnvelope(WRAPPER, { repositoryId: repository.id, keys }));
    const opening = Repository.openWithKey({ store: objects, index: index(), wrapper: WRAPPER });
    await expect(opening).rejects.toThrowError(withCode("REPOSITORY_KEY_WRONG"));
  });

  it("does not open a header of another repository", async () => {
    const mine = await makeRepository();
    const theirs = await makeRepository();
    await mine.store.put(HEADER_NAME, await readObject(theirs.store, HEADER_NAME));
    const opening = Repository.openWithKey({ store: mine.store, index: index(), wrapper: WRAPPER });
    await expect(opening).rejects.toThrowError(withCode("KEY_ENVELOPE_CORRUPT"));
  });

  it("copied from a recovery kit opens the repository whose own is lost", async () => {
    const { store: objects, repository } = await makeRepository();
    const kit = await readRecoveryKit(objects, WRAPPER, "s3://bucket/prefix");
    await removeEnvelope(objects, WRAPPER.id);
    expect(kit).toMatchObject({ repositoryId: repository.id, keyId: WRAPPER.id.toString("hex") });
    await objects.put(kit.envelopeName, Buffer.from(kit.envelope));
    const opened = await Repository.openWithKey({ store: objects, index: index(), wrapper: WRAPPER });
    expect(opened.id).toBe(repository.id);
    const text = recoveryKitText(kit);
    for (const { command } of kit.commands) expect(text).toContain(command);
    expect(text).toContain("AWS_ACCESS_KEY_ID");
    expect(text).not.toContain("the installation key of the tests");
  });

  it("of a later version is told from damage", async () => {
    const { store: objects } = await makeRepository();
    const bytes = await readObject(objects, envelopeName(WRAPPER));
    const later = bytes.toString().replace('"formatVersion":1', '"formatVersion":2');
    expect(() => decodeEnvelope(WRAPPER, Buffer.from(later))).toThrowError(withCode("REPOSITORY_FORMAT_UNKNOWN"));
  });
});

describe("seeing to an envelope", () => {
  it("writes it once, and again where it was damaged", async () => {
    const { store: objects, repository, keys } = await makeRepository();
    const unwrapped = { repositoryId: repository.id, keys };
    expect(await ensureEnvelope(objects, WRAPPER, unwrapped)).toBe(false);
    await objects.put(envelopeName(WRAPPER), Buffer.from("{}"));
    expect(await ensureEnvelope(objects, WRAPPER, unwrapped)).toBe(true);
    await removeEnvelope(objects, WRAPPER.id);
    expect(await ensureEnvelope(objects, WRAPPER, unwrapped)).toBe(true);
    expect(await readEnvelope(objects, WRAPPER)).toEqual({ ...unwrapped, shape: SHAPE });
  });

  it("lets a second installation key open the same repository", async () => {
    const { store: objects, repository, keys } = await makeRepository();
    expect(await ensureEnvelope(objects, OTHER, { repositoryId: repository.id, keys })).toBe(true);
    const ids = [WRAPPER, OTHER].map(({ id }) => id.toString("hex")).sort();
    expect((await listEnvelopes(objects)).map(({ keyId }) => keyId)).toEqual(ids);
    for (const wrapper of [WRAPPER, OTHER]) {
      expect((await Repository.openWithKey({ store: objects, index: index(), wrapper })).id).toBe(repository.id);
    }
  });
});
