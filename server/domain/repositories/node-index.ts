import type { NodeIndex, NodeLocation, PackRecord } from "@/server/engine/repository/node-index";
import type { Db } from "@/server/platform/db";

interface Row {
  nodeId: Uint8Array<ArrayBuffer>;
  packId: Uint8Array<ArrayBuffer>;
  offset: number;
  storedBytes: number;
  contentBytes: number;
}

/**
 * The repository's index of nodes in PostgreSQL. Both directions go in bulk: one statement for any number of ids, by
 * unnested arrays.
 */
export class PostgresNodeIndex implements NodeIndex {
  readonly #db: Db;
  readonly #repositoryId: string;

  constructor(db: Db, repositoryId: string) {
    this.#db = db;
    this.#repositoryId = repositoryId;
  }

  /** Ids that are not known are absent from the answer, which is keyed by the id in hexadecimal. */
  async lookup(ids: Buffer[]): Promise<Map<string, NodeLocation>> {
    const found = new Map<string, NodeLocation>();
    if (ids.length === 0) return found;
    const rows = await this.#db.$queryRaw<Row[]>`
      select "nodeId", "packId", "offset", "storedBytes", "contentBytes" from "RepositoryNode"
      where "repositoryId" = ${this.#repositoryId} and "nodeId" = any(${ids}::bytea[])`;
    for (const { nodeId, packId, ...place } of rows) {
      found.set(Buffer.from(nodeId).toString("hex"), { packId: Buffer.from(packId), ...place });
    }
    return found;
  }

  /** Idempotent: a pack that is recorded twice, and a node that another pack already holds, change nothing (unless the pack supersedes). */
  async record(pack: PackRecord): Promise<void> {
    const repositoryId = this.#repositoryId;
    const packId = Uint8Array.from(pack.packId);
    await this.#db.$transaction([
      this.#db.$executeRaw`
        insert into "RepositoryPack" ("repositoryId", "packId", "storedBytes", "nodeCount")
        values (${repositoryId}, ${packId}, ${BigInt(pack.storedBytes)}, ${pack.nodes.length})
        on conflict do nothing`,
      this.#db.$executeRaw`
        insert into "RepositoryNode" ("repositoryId", "nodeId", "packId", "offset", "storedBytes", "contentBytes")
        select ${repositoryId}, n.id, ${packId}, n.place, n.stored, n.content
        from unnest(
          ${pack.nodes.map((node) => node.nodeId)}::bytea[],
          ${pack.nodes.map((node) => node.offset)}::int[],
          ${pack.nodes.map((node) => node.storedBytes)}::int[],
          ${pack.nodes.map((node) => node.contentBytes)}::int[]
        ) as n(id, place, stored, content)
        on conflict ("repositoryId", "nodeId") do update set
          "packId" = excluded."packId", "offset" = excluded."offset",
          "storedBytes" = excluded."storedBytes", "contentBytes" = excluded."contentBytes"
        where ${pack.supersedes ?? false}`,
    ]);
  }
}
