import type {
  CollectableIndex,
  IndexedPack,
  PlacedNode,
} from "@/server/engine/repository/node-index/collectable-index";
import type { NodeLocation, PackRecord } from "@/server/engine/repository/node-index/node-index";
import { PACK_ID_BYTES } from "@/server/engine/repository/pack";
import { NODE_ID_BYTES } from "@/server/engine/tree/types";
import type { Db, Tx } from "@/server/platform/db";

type Bytes = Uint8Array<ArrayBuffer>;

interface PackRow {
  packId: Bytes;
  storedBytes: bigint;
  nodeCount: number;
  createdAt: Date;
  condemned: boolean;
  gone: boolean;
  condemnedAt: Date | null;
}

/** Places come as one value, which costs a fifth of the time that as many rows take on their way through the client. */
interface PlacesRow {
  places: Bytes | null;
}

const PACKS_PAGE = 2000;
/** A pack of small nodes has tens of thousands of rows. */
const EMPTYING_MS_MAX = 60_000;
const PLACE_BYTES = NODE_ID_BYTES + PACK_ID_BYTES + 4 * 4;

type Place = PlacedNode & { condemned: boolean; gone: boolean };

function placesOf(rows: PlacesRow[]): Place[] {
  const bytes = Buffer.from(rows[0]?.places ?? []);
  const places: Place[] = [];
  for (let at = 0; at < bytes.length; at += PLACE_BYTES) {
    const numbers = at + NODE_ID_BYTES + PACK_ID_BYTES;
    places.push({
      nodeId: Buffer.from(bytes.subarray(at, at + NODE_ID_BYTES)),
      packId: Buffer.from(bytes.subarray(at + NODE_ID_BYTES, numbers)),
      offset: bytes.readInt32BE(numbers),
      storedBytes: bytes.readInt32BE(numbers + 4),
      contentBytes: bytes.readInt32BE(numbers + 8),
      condemned: bytes.readInt32BE(numbers + 12) > 0,
      gone: bytes.readInt32BE(numbers + 12) > 1,
    });
  }
  return places;
}

/**
 * The repository's index of nodes in PostgreSQL. Both directions go in bulk: one statement for any number of ids, in
 * arrays. A pack's state is in its row: condemned; condemned and gone; condemned without nodes (emptied); and also without
 * bytes (removed). Each change is one statement or one transaction.
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
    const rows = await this.#db.$queryRaw<PlacesRow[]>`
      select string_agg(n."nodeId" || n."packId" || int4send(n."offset") || int4send(n."storedBytes")
        || int4send(n."contentBytes") || int4send(p.condemned::int + p.gone::int), ''::bytea) as places
      from "RepositoryNode" n
      join "RepositoryPack" p on p."repositoryId" = n."repositoryId" and p."packId" = n."packId"
      where n."repositoryId" = ${this.#repositoryId} and p."nodeCount" > 0 and n."nodeId" = any(array(
        select substring(asked.ids from i for ${NODE_ID_BYTES}::int)
        from (select ${Buffer.concat(ids)}::bytea as ids) asked, generate_series(1, length(asked.ids), ${NODE_ID_BYTES}::int) i))`;
    for (const { nodeId, condemned, gone, ...place } of placesOf(rows)) {
      found.set(nodeId.toString("hex"), { ...place, ...(condemned && { condemned }), ...(gone && { gone }) });
    }
    return found;
  }

  async hasGonePacks(): Promise<boolean> {
    const [row] = await this.#db.$queryRaw<Array<{ found: boolean }>>`
      select exists (select 1 from "RepositoryPack"
        where "repositoryId" = ${this.#repositoryId} and condemned and gone) as found`;
    return row!.found;
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
    const { nodes, supersedes = false, found = false } = pack;
    await this.#db.$executeRaw`
      with pack as (
        insert into "RepositoryPack" as p ("repositoryId", "packId", "storedBytes", "nodeCount", condemned)
        values (${this.#repositoryId}, ${Uint8Array.from(pack.packId)}, ${BigInt(pack.storedBytes)}, ${nodes.length}, ${condemned})
        on conflict ("repositoryId", "packId") do update set
          "nodeCount" = case when p."nodeCount" = 0 and ${found} then excluded."nodeCount" else p."nodeCount" end,
          "storedBytes" = case when p."nodeCount" = 0 and ${found} then excluded."storedBytes" else p."storedBytes" end,
          condemned = p.condemned and (${condemned} or p."nodeCount" = 0),
          gone = p.gone and ${condemned},
          "condemnedAt" = case
            when p."nodeCount" = 0 and not ${found} or p."nodeCount" > 0 and ${condemned} then p."condemnedAt" end
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
      where old."packId" <> excluded."packId" and not (select condemned from pack) and (${supersedes}::boolean or not exists (
        select 1 from "RepositoryPack" kept
        where kept."repositoryId" = old."repositoryId" and kept."packId" = old."packId" and not kept.condemned))`;
  }

  async *listPacks(): AsyncGenerator<IndexedPack> {
    for (let after: Bytes = new Uint8Array(0); ;) {
      const rows = await this.#db.$queryRaw<PackRow[]>`
        select "packId", "storedBytes", "nodeCount", "createdAt", condemned, gone, "condemnedAt" from "RepositoryPack"
        where "repositoryId" = ${this.#repositoryId} and "packId" > ${after} order by "packId" limit ${PACKS_PAGE}`;
      for (const { packId, condemned, gone, ...row } of rows) {
        const storedBytes = Number(row.storedBytes);
        if (condemned && storedBytes === 0) continue;
        const state = !condemned ? "kept" : row.nodeCount === 0 ? "emptied" : gone ? "gone" : "condemned";
        yield { ...row, packId: Buffer.from(packId), storedBytes, state };
      }
      if (rows.length < PACKS_PAGE) return;
      after = rows.at(-1)!.packId;
    }
  }

  async nodesIn(packIds: Buffer[]): Promise<PlacedNode[]> {
    const rows = await this.#db.$queryRaw<PlacesRow[]>`
      select string_agg("nodeId" || "packId" || int4send("offset") || int4send("storedBytes")
        || int4send("contentBytes") || int4send(0), ''::bytea) as places
      from "RepositoryNode"
      where "repositoryId" = ${this.#repositoryId} and "packId" = any(${packIds}::bytea[])`;
    return placesOf(rows).map(({ condemned: _, gone: __, ...node }) => node);
  }

  async unknownPacks(packIds: Buffer[]): Promise<Buffer[]> {
    const rows = await this.#db.$queryRaw<Array<{ id: Bytes }>>`
      select asked.id from unnest(${packIds}::bytea[]) as asked(id)
      where not exists (select 1 from "RepositoryPack" p
        where p."repositoryId" = ${this.#repositoryId} and p."packId" = asked.id)`;
    return rows.map(({ id }) => Buffer.from(id));
  }

  async removedPacks(packIds: Buffer[]): Promise<Buffer[]> {
    const rows = await this.#db.$queryRaw<Array<{ packId: Bytes }>>`
      select "packId" from "RepositoryPack"
      where "repositoryId" = ${this.#repositoryId} and "packId" = any(${packIds}::bytea[])
        and condemned and "nodeCount" = 0 and "storedBytes" = 0`;
    return rows.map(({ packId }) => Buffer.from(packId));
  }

  async condemn(packIds: Buffer[]): Promise<void> {
    await this.#db.$executeRaw`
      update "RepositoryPack" set condemned = true, "condemnedAt" = null
      where "repositoryId" = ${this.#repositoryId} and "packId" = any(${packIds}::bytea[]) and not condemned`;
  }

  async markGone(packIds: Buffer[]): Promise<void> {
    await this.#db.$executeRaw`
      update "RepositoryPack" set gone = true
      where "repositoryId" = ${this.#repositoryId} and "packId" = any(${packIds}::bytea[])
        and condemned and "nodeCount" > 0`;
  }

  async keepReturned(packIds: Buffer[]): Promise<void> {
    await this.#db.$executeRaw`
      update "RepositoryPack" set condemned = false, gone = false, "condemnedAt" = null
      where "repositoryId" = ${this.#repositoryId} and "packId" = any(${packIds}::bytea[]) and gone`;
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
        and condemned and not gone and "nodeCount" > 0 and "condemnedAt" = ${condemnedAt}`;
    return count === 1;
  }

  async emptyPack(packId: Buffer, condemnedAt: Date): Promise<boolean> {
    const id = Uint8Array.from(packId);
    const work = async (tx: Tx): Promise<boolean> => {
      const count = await tx.$executeRaw`
        update "RepositoryPack" set "nodeCount" = 0, gone = false
        where "repositoryId" = ${this.#repositoryId} and "packId" = ${id}
          and condemned and "nodeCount" > 0 and "condemnedAt" = ${condemnedAt}`;
      if (count === 0) return false;
      // In the order in which `record` locks rows, so that the two wait for each other and never in a circle.
      await tx.$queryRaw`
        select count(*)::int as locked from (
          select 1 from "RepositoryNode" where "repositoryId" = ${this.#repositoryId} and "packId" = ${id}
          order by "nodeId" for update) rows`;
      await tx.$executeRaw`
        delete from "RepositoryNode" where "repositoryId" = ${this.#repositoryId} and "packId" = ${id}`;
      return true;
    };
    return this.#db.$transaction(work, { timeout: EMPTYING_MS_MAX });
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
