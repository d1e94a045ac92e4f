import type { NodeIndex, NodeLocation, PackRecord } from "./node-index";

/** The index in memory: for tests, and for reading a repository without any database. */
export class MemoryNodeIndex implements NodeIndex {
  readonly #nodes = new Map<string, NodeLocation>();

  async lookup(ids: Buffer[]): Promise<Map<string, NodeLocation>> {
    const found = new Map<string, NodeLocation>();
    for (const id of ids) {
      const name = id.toString("hex");
      const location = this.#nodes.get(name);
      if (location) found.set(name, location);
    }
    return found;
  }

  async record({ packId, nodes }: PackRecord): Promise<void> {
    for (const { nodeId, offset, storedBytes, contentBytes } of nodes) {
      this.#nodes.set(nodeId.toString("hex"), { packId, offset, storedBytes, contentBytes });
    }
  }
}
