import { DomainError } from "@/server/platform/errors/domain-error";
import { readObject, type ObjectStore } from "../storage";
import type { PackRecord, PackedNode } from "./node-index/node-index";
import { seal, unseal, UnsealError, type SealContext } from "./sealed";
import type { Zstd } from "./zstd";

/**
 * A pack: many stored nodes in one object, and at its end the sealed list of them, from which an index can be rebuilt.
 * Bytes: "HFPK", version, pack id (16) | nodes | sealed index | index length, index content length, "HFPE", version.
 */
const HEAD_MARK = "HFPK";
const FOOT_MARK = "HFPE";
export const PACK_FORMAT_VERSION = 1;
export const PACK_ID_BYTES = 16;
export const PACK_HEAD_BYTES = 4 + 1 + PACK_ID_BYTES;
const FOOT_BYTES = 4 + 4 + 4 + 1;
const INDEX_ENTRY_BYTES = 32 + 4 + 4 + 4;
const PREFIX = "packs/";

/** What is needed to seal and open pack indexes. */
export interface PackSecrets {
  readonly zstd: Zstd;
  readonly encryptionKey: Buffer;
  readonly repositoryId: string;
}

/** Packs lie in 256 folders by the first byte of their id. */
export function packName(packId: Buffer): string {
  const hex = packId.toString("hex");
  return `${PREFIX}${hex.slice(0, 2)}/${hex}`;
}

function packIdOf(name: string): Buffer | null {
  const match = /^packs\/([0-9a-f]{2})\/(\1[0-9a-f]{30})$/.exec(name);
  return match ? Buffer.from(match[2]!, "hex") : null;
}

/** The ids of all packs. Other objects below packs/ are passed over. */
export async function* listPacks(store: ObjectStore): AsyncGenerator<{ packId: Buffer; bytes: number }> {
  for await (const { name, bytes } of store.list(PREFIX)) {
    const packId = packIdOf(name);
    if (packId) yield { packId, bytes };
  }
}

/** The pack object made of these stored nodes, which lie behind each other from PACK_HEAD_BYTES on. */
export function encodePack(secrets: PackSecrets, packId: Buffer, nodes: PackedNode[], stored: Buffer[]): Buffer {
  const index = Buffer.allocUnsafe(nodes.length * INDEX_ENTRY_BYTES);
  let at = 0;
  for (const node of nodes) {
    at += node.nodeId.copy(index, at);
    at = index.writeUInt32LE(node.offset, at);
    at = index.writeUInt32LE(node.storedBytes, at);
    at = index.writeUInt32LE(node.contentBytes, at);
  }
  const sealed = seal(secrets.zstd, secrets.encryptionKey, indexContext(secrets, packId), index);
  const head = Buffer.concat([Buffer.from(HEAD_MARK), Buffer.from([PACK_FORMAT_VERSION]), packId]);
  const foot = Buffer.allocUnsafe(FOOT_BYTES);
  foot.writeUInt32LE(sealed.length, 0);
  foot.writeUInt32LE(index.length, 4);
  foot.write(FOOT_MARK, 8, "latin1");
  foot[12] = PACK_FORMAT_VERSION;
  return Buffer.concat([head, ...stored, sealed, foot]);
}

function indexContext(secrets: PackSecrets, packId: Buffer): SealContext {
  return { kind: "pack", identity: Buffer.concat([Buffer.from(secrets.repositoryId, "hex"), packId]) };
}

/**
 * Reads a pack's own list of its nodes: two small reads. Throws PACK_CORRUPT when head, foot or list are not what was
 * written, or the list points outside the pack; STORAGE_OBJECT_NOT_FOUND when there is no such pack.
 */
export async function readPackIndex(
  store: ObjectStore,
  secrets: PackSecrets,
  packId: Buffer,
  packBytes: number,
): Promise<PackRecord> {
  const name = packName(packId);
  const read = (offset: number, length: number) => readObject(store, name, { offset, length });
  if (packBytes < PACK_HEAD_BYTES + FOOT_BYTES) throw packCorrupt(packId, "it is cut short");
  const head = await read(0, PACK_HEAD_BYTES);
  const foot = await read(packBytes - FOOT_BYTES, FOOT_BYTES);
  if (foot.length !== FOOT_BYTES || foot.toString("latin1", 8, 12) !== FOOT_MARK) {
    throw packCorrupt(packId, "it has no end mark");
  }
  if (head.toString("latin1", 0, 4) !== HEAD_MARK || !head.subarray(5).equals(packId)) {
    throw packCorrupt(packId, "it begins as another object");
  }
  if (head[4] !== PACK_FORMAT_VERSION || foot[12] !== PACK_FORMAT_VERSION) {
    throw packCorrupt(packId, "its format version is unknown");
  }
  const sealedBytes = foot.readUInt32LE(0);
  const contentBytes = foot.readUInt32LE(4);
  const indexStart = packBytes - FOOT_BYTES - sealedBytes;
  if (indexStart < PACK_HEAD_BYTES || contentBytes % INDEX_ENTRY_BYTES !== 0 || contentBytes > packBytes * 2) {
    throw packCorrupt(packId, "its foot states impossible lengths");
  }
  const index = openIndex(secrets, packId, await read(indexStart, sealedBytes), contentBytes);
  return { packId, storedBytes: packBytes, nodes: readEntries(packId, index, indexStart) };
}

function openIndex(secrets: PackSecrets, packId: Buffer, sealed: Buffer, contentBytes: number): Buffer {
  try {
    const { zstd, encryptionKey } = secrets;
    return Buffer.from(unseal(zstd, encryptionKey, indexContext(secrets, packId), sealed, contentBytes));
  } catch (error) {
    if (error instanceof UnsealError) throw packCorrupt(packId, `its list of nodes: ${error.message}`, error);
    throw error;
  }
}

function readEntries(packId: Buffer, index: Buffer, indexStart: number): PackedNode[] {
  const nodes: PackedNode[] = [];
  let expected = PACK_HEAD_BYTES;
  for (let at = 0; at < index.length; at += INDEX_ENTRY_BYTES) {
    const offset = index.readUInt32LE(at + 32);
    const storedBytes = index.readUInt32LE(at + 36);
    if (offset !== expected) throw packCorrupt(packId, "its nodes do not follow each other");
    expected = offset + storedBytes;
    const nodeId = Buffer.from(index.subarray(at, at + 32));
    nodes.push({ nodeId, offset, storedBytes, contentBytes: index.readUInt32LE(at + 40) });
  }
  if (expected !== indexStart) throw packCorrupt(packId, "its nodes do not fill it");
  return nodes;
}

function packCorrupt(packId: Buffer, what: string, cause?: unknown): DomainError {
  const params = { packId: packId.toString("hex") };
  return new DomainError("PACK_CORRUPT", { message: `pack ${params.packId}: ${what}`, params, cause });
}
