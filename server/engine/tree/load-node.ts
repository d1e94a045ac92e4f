import { DomainError } from "@/server/platform/errors/domain-error";
import { corruptNode, decodeNode, isLeaf, type InnerNode, type TreeNode } from "./node-codec";
import type { NodeReader } from "./types";

const INNER_NODES_KEPT_MAX = 128;

/** Decoded inner nodes by reader: nodes never change, and every lookup passes the same few. */
const caches = new WeakMap<NodeReader, Map<string, InnerNode>>();

/** Reads and decodes a node, which must have this level. Throws NODE_MISSING, NODE_CORRUPT with the node's id. */
export async function loadNode(reader: NodeReader, id: Buffer, level: number): Promise<TreeNode> {
  if (level === 0) return decode(await reader.read(id), id, 0);
  let cache = caches.get(reader);
  if (!cache) caches.set(reader, (cache = new Map()));
  const name = id.toString("hex");
  const kept = cache.get(name);
  // A map keeps the order of insertion: what is used moves to the end, what is oldest goes.
  if (kept) cache.delete(name);
  const node = kept ?? decode(await reader.read(id), id, level);
  if (isLeaf(node) || node.level !== level) throw corruptNode("it has another level than its parent says");
  cache.set(name, node);
  if (cache.size > INNER_NODES_KEPT_MAX) cache.delete(cache.keys().next().value!);
  return node;
}

function decode(content: Buffer, id: Buffer, level: number): TreeNode {
  try {
    const node = decodeNode(content);
    if (node.level !== level) throw corruptNode(`level ${node.level} where its parent says ${level}`);
    return node;
  } catch (cause) {
    if (!(cause instanceof DomainError)) throw cause;
    const nodeId = id.toString("hex");
    throw new DomainError("NODE_CORRUPT", { message: `${cause.message} (${nodeId})`, params: { nodeId }, cause });
  }
}
