import type { CollectableIndex, IndexedPack, PlacedNode } from "@/server/engine/repository/collectable-index";
import type { NodeLocation, PackRecord } from "@/server/engine/repository/node-index";
import type { Db } from "@/server/platform/db";

type Bytes = Uint8Array<ArrayBuffer>;

interface PlaceRow {
  nodeId: Bytes;
  packId: Bytes;
  offset: number;
  storedBytes: number;
  contentBytes: number;
}

interface PackRow {
  packId: Bytes;
  storedBytes: bigint;
  nodeCount: number;
  createdAt: Date;
  condemned: boolean;
  condemnedAt: Date | null;
}

const PACKS_PAGE = 2000;

/**
 * The repository's index of nodes in PostgreSQL. Both directions go in bulk: one statement for any number of ids, by
 * unnested arrays. A pack's state is in its row: condemned; condemned without nodes (emptied); and also without bytes
 * (removed). Each change is one statement or one transaction.
 */
export class PostgresNodeIndex implements CollectableIndex {
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
    const rows = await this.#db.$queryRaw<Array<PlaceRow & { condemned: boolean }>>`
      select n."nodeId", n."packId", n."offset", n."storedBytes", n."contentBytes", p.condemned
      from "RepositoryNode" n
      join "RepositoryPack" p on p."repositoryId" = n."repositoryId" and p."packId" = n."packId"
      where n."repositoryId" = ${this.#repositoryId} and n."nodeId" = any(${ids}::bytea[]) and p."nodeCount" > 0`;
    for (const { nodeId, packId, condemned, ...place } of rows) {
      const location = { packId: Buffer.from(packId), ...place };
      found.set(Buffer.from(nodeId).toString("hex"), condemned ? { ...location, condemned } : location);
    }
    return found;
  }

  record(pack: PackRecord): Promise<void> {
    return this.#record(pack, false);
  }

  recordFound(pack: PackRecord): Promise<void> {
    return this.#record(pack, true);
  }

  /**
   * One statement. The pack's row is locked by its own upsert, so that nobody empties the pack meanwhile; the nodes go in the
   * order of their ids, so that two writers with the same nodes wait for each other and never in a circle.
   */
  async #record(pack: PackRecord, condemned: boolean): Promise<void> {
    const { nodes } = pack;
    await this.#db.$executeRaw`
      with pack as (
        insert into "RepositoryPack" as p ("repositoryId", "packId", "storedBytes", "nodeCount", condemned)
        values (${this.#repositoryId}, ${Uint8Array.from(pack.packId)}, ${BigInt(pack.storedBytes)}, ${nodes.length}, ${condemned})
        on conflict ("repositoryId", "packId") do update set "packId" = p."packId"
        returning p."repositoryId", p."packId", p."nodeCount", p.condemned
      )
      insert into "RepositoryNode" as old ("repositoryId", "nodeId", "packId", "offset", "storedBytes", "contentBytes")
      select pack."repositoryId", n.id, pack."packId", n.place, n.stored, n.content
      from pack, unnest(
        ${nodes.map((node) => node.nodeId)}::bytea[],
        ${nodes.map((node) => node.offset)}::int[],
        ${nodes.map((node) => node.storedBytes)}::int[],
        ${nodes.map((node) => node.contentBytes)}::int[]
      ) as n(id, place, stored, content)
      where pack."nodeCount" > 0
      order by n.id
      on conflict ("repositoryId", "nodeId") do update
      set "packId" = excluded."packId", "offset" = excluded."offset",
        "storedBytes" = excluded."storedBytes", "contentBytes" = excluded."contentBytes"
      where old."packId" <> excluded."packId" and not (select condemned from pack) and not exists (
        select 1 from "RepositoryPack" kept
        where kept."repositoryId" = old."repositoryId" and kept."packId" = old."packId" and not kept.condemned)`;
  }

  async *listPacks(): AsyncGenerator<IndexedPack> {
    for (let after: Bytes = new Uint8Array(0); ;) {
      const rows = await this.#db.$queryRaw<PackRow[]>`
        select "packId", "storedBytes", "nodeCount", "createdAt", condemned, "condemnedAt" from "RepositoryPack"
        where "repositoryId" = ${this.#repositoryId} and "packId" > ${after} order by "packId" limit ${PACKS_PAGE}`;
      for (const { packId, condemned, ...row } of rows) {
        const storedBytes = Number(row.storedBytes);
        if (condemned && storedBytes === 0) continue;
        const state = !condemned ? "kept" : row.nodeCount === 0 ? "emptied" : "condemned";
        yield { ...row, packId: Buffer.from(packId), storedBytes, state };
      }
      if (rows.length < PACKS_PAGE) return;
      after = rows.at(-1)!.packId;
    }
  }

  async nodesIn(packIds: Buffer[]): Promise<PlacedNode[]> {
    const rows = await this.#db.$queryRaw<PlaceRow[]>`
      select "nodeId", "packId", "offset", "storedBytes", "contentBytes" from "RepositoryNode"
      where "repositoryId" = ${this.#repositoryId} and "packId" = any(${packIds}::bytea[])`;
    return rows.map((row) => ({ ...row, nodeId: Buffer.from(row.nodeId), packId: Buffer.from(row.packId) }));
  }

  async unknownPacks(packIds: Buffer[]): Promise<Buffer[]> {
    const rows = await this.#db.$queryRaw<Array<{ id: Bytes }>>`
      select asked.id from unnest(${packIds}::bytea[]) as asked(id)
      where not exists (select 1 from "RepositoryPack" p
        where p."repositoryId" = ${this.#repositoryId} and p."packId" = asked.id)`;
    return rows.map(({ id }) => Buffer.from(id));
  }

  async condemn(packIds: Buffer[]): Promise<void> {
    await this.#db.$executeRaw`
      update "RepositoryPack" set condemned = true, "condemnedAt" = null
      where "repositoryId" = ${this.#repositoryId} and "packId" = any(${packIds}::bytea[]) and not condemned`;
  }

  /** By the database's clock, read after the statement saw that they are condemned, hence after everybody can. */
  async settleCondemned(): Promise<void> {
    await this.#db.$executeRaw`
      update "RepositoryPack" set "condemnedAt" = clock_timestamp()
      where "repositoryId" = ${this.#repositoryId} and condemned and "condemnedAt" is null`;
  }

  async pardon(packId: Buffer, condemnedAt: Date): Promise<boolean> {
    const count = await this.#db.$executeRaw`
      update "RepositoryPack" set condemned = false, "condemnedAt" = null
      where "repositoryId" = ${this.#repositoryId} and "packId" = ${Uint8Array.from(packId)}
        and condemned and "nodeCount" > 0 and "condemnedAt" = ${condemnedAt}`;
    return count === 1;
  }

  async emptyPack(packId: Buffer, condemnedAt: Date): Promise<boolean> {
    const id = Uint8Array.from(packId);
    return this.#db.$transaction(async (tx) => {
      const count = await tx.$executeRaw`
        update "RepositoryPack" set "nodeCount" = 0
        where "repositoryId" = ${this.#repositoryId} and "packId" = ${id}
          and condemned and "nodeCount" > 0 and "condemnedAt" = ${condemnedAt}`;
      if (count === 0) return false;
      await tx.$executeRaw`
        delete from "RepositoryNode" where "repositoryId" = ${this.#repositoryId} and "packId" = ${id}`;
      return true;
    });
  }

  async dropPack(packId: Buffer): Promise<void> {
    await this.#db.$executeRaw`
      update "RepositoryPack" set "storedBytes" = 0
      where "repositoryId" = ${this.#repositoryId} and "packId" = ${Uint8Array.from(packId)}
        and condemned and "nodeCount" = 0`;
  }

  async forgetRemoved(before: Date): Promise<void> {
    await this.#db.$executeRaw`
      delete from "RepositoryPack"
      where "repositoryId" = ${this.#repositoryId} and condemned and "nodeCount" = 0 and "storedBytes" = 0
        and "condemnedAt" < ${before}`;
  }
}
