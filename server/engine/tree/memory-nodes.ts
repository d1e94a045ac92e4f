import { createHash } from "node:crypto";
import { DomainError } from "@/server/platform/errors/domain-error";
import type { NodeReader, NodeWriter } from "./types";

/** Nodes in memory under their SHA-256, counting what is read and written: the tree without a repository. */
export class MemoryNodes implements NodeReader, NodeWriter {
  readonly nodes = new Map<string, Buffer>();
  reads = 0;
  /** Contents that were not there before. */
  newNodes = 0;
  newBytes = 0;

  async read(id: Buffer): Promise<Buffer> {
    this.reads += 1;
    const node = this.nodes.get(id.toString("hex"));
    if (!node) throw new DomainError("NODE_MISSING", { params: { nodeId: id.toString("hex") } });
    return node;
  }

  async write(content: Buffer): Promise<Buffer> {
    const id = createHash("sha256").update(content).digest();
    if (!this.nodes.has(id.toString("hex"))) {
      this.newNodes += 1;
      this.newBytes += content.length;
      this.nodes.set(id.toString("hex"), content);
    }
    return id;
  }

  resetCounts(): void {
    this.reads = 0;
    this.newNodes = 0;
    this.newBytes = 0;
  }
}
