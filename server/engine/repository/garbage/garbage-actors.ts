import { DomainError, isDomainError } from "@/server/platform/errors/domain-error";
import {
  apply,
  applyToLayers,
  buildTree,
  writeNewBase,
  type Edit,
  type Entry,
  type Layers,
  type TreeParams,
} from "../../tree";
import { decodeNode, isLeaf } from "../../tree/node-codec";
import { numbered } from "../../tree/tree-arbitrary";
import { collectGarbage, type GarbageReport } from "./garbage";
import type { Actor, RunRow, SnapshotRow, World } from "./garbage-world";
import type { RepositoryKeys } from "../keys/keys";
import { fateOfManifest } from "./ledger";
import type { SnapshotManifest } from "../manifest";
import { rootsOf } from "../manifest-roots";
import { Repository } from "../repository";
import { manifestOf, readAll } from "../repository-fixture";

/** What the actors of the model test do: take snapshots, read them, collect. */

export const SHAPE = { leafTargetBytes: 200, innerTargetBytes: 600 };
const PARAMS: TreeParams = { ...SHAPE, keys: "fromId" };
const IDS = 40;
/** Few, so that the same leaves come again and again: a dead node that is wanted again is where collectors go wrong. */
const VERSIONS = 2;
const PACK_TARGET_BYTES = 1500;

export type Random = (below: number) => number;
type Content = Map<number, number>;

/** What the model remembers of each snapshot: its documents and its nodes. */
export interface Known {
  content: Content;
  layers: Layers;
  nodeIds: Buffer[];
}

export class Cast {
  readonly known = new Map<SnapshotRow, Known>();
  /** A snapshot that no row names: it must outlive everything. */
  foreign: { manifestId: string; known: Known } | null = null;
  readonly reports: GarbageReport[] = [];
  #listBefore: string[] = [];
  /** For looking on without taking part. */
  readonly repository: Repository;

  constructor(
    readonly world: World,
    readonly keys: RepositoryKeys,
    repository: Repository,
    readonly random: Random,
    readonly graceMs: number,
    readonly sparseShare: number,
  ) {
    this.repository = repository;
  }

  /** A process of its own: nothing that another has read is remembered. */
  #open(actor: Actor): Promise<Repository> {
    return Repository.open({ store: actor.store(), index: actor.index(), keys: this.keys });
  }

  /** One try of the run that takes a snapshot; after a crash, or beside a zombie, there may be another. */
  async write(actor: Actor, run: RunRow): Promise<void> {
    const { world, random } = this;
    const attempt = run.attempt;
    const isHeld = () => run.running && run.attempt === attempt;
    const assertHeld = async () => {
      await actor.pass("is the lease held?");
      if (!isHeld()) throw new DomainError("RUN_LEASE_LOST");
    };
    const row = run.snapshot!;
    try {
      const repository = await this.#open(actor);
      await actor.pass("choose what to build on");
      const bases = world.snapshots.filter((one) => one.status === "COMPLETED" && one.manifestId && !one.deletedAt);
      const deleted = world.snapshots.filter((one) => one.manifestId && one.deletedAt);
      const choice = world.lies.buildsOnDeleted ? [...bases, ...deleted] : bases;
      const base = random(5) > 0 && choice.length > 0 ? choice[random(choice.length)]! : null;
      const basedOn = base?.manifestId ?? undefined;
      const { content, layers } = await this.#build(repository, base ? this.known.get(base)! : null);
      const manifest = manifestFor(row.id, layers);
      const manifestId = await repository.writeManifest(manifest, { ...(basedOn ? { basedOn } : {}), assertHeld });
      const known = { content, layers, nodeIds: await nodesOf(this.repository, manifest) };
      await assertHeld();
      Object.assign(row, { status: "COMPLETED", manifestId });
      this.known.set(row, known);
      world.endRun(run);
    } catch (error) {
      if (!isHeld()) return;
      if (!isDomainError(error, "STORAGE_UNAVAILABLE")) world.findings.push(`a snapshot failed: ${String(error)}`);
      row.status = "FAILED";
      world.endRun(run);
    }
  }

  async #build(repository: Repository, base: Known | null): Promise<Pick<Known, "content" | "layers">> {
    const { random } = this;
    const content: Content = new Map(base?.content);
    const edits = new Map<number, Edit>();
    for (let left = 1 + random(base ? 6 : 2 * IDS); left > 0; left -= 1) {
      const id = random(IDS);
      const version = random(VERSIONS);
      if (random(6) === 0) {
        content.delete(id);
        edits.set(id, { key: numbered(id).key, doc: null });
      } else {
        content.set(id, version);
        edits.set(id, numbered(id, version, 20));
      }
    }
    const sorted = [...edits.values()].sort((a, b) => Buffer.compare(a.key, b.key));
    const writer = repository.writer({ packTargetBytes: PACK_TARGET_BYTES, inFlightBytesMax: 4000 });
    const reader = repository.reader();
    let layers: Layers;
    if (!base || random(4) === 0) {
      layers = { base: await buildTree(entriesOf(content), writer, PARAMS), deltas: [] };
    } else if (base.layers.deltas.length === 0 && random(2) === 0) {
      layers = { base: await apply(reader, writer, PARAMS, base.layers.base, sorted), deltas: [] };
    } else {
      layers = await applyToLayers(reader, writer, PARAMS, base.layers, sorted);
      if (random(4) === 0) {
        await writer.flush();
        layers = await writeNewBase(reader, writer, PARAMS, layers);
      }
    }
    await writer.flush();
    return { content, layers };
  }

  /** Reads a snapshot while it may be deleted. With a run it must succeed; without one, only while it is kept. */
  async read(actor: Actor, run: RunRow | null): Promise<void> {
    const { world, random } = this;
    let row: SnapshotRow | undefined;
    try {
      await actor.pass("choose what to read");
      row = world.kept[random(Math.max(1, world.kept.length))];
      const repository = await this.#open(actor);
      if (row && !(run === null && row.deletedAt))
        await this.#compare(repository, row.manifestId!, this.known.get(row)!);
    } catch (error) {
      const isExcused = isDomainError(error, "STORAGE_UNAVAILABLE") || (run === null && row?.deletedAt);
      if (!isExcused) world.findings.push(`a snapshot could not be read: ${String(error)}`);
    }
    if (run) world.endRun(run);
  }

  async #compare(repository: Repository, manifestId: string, known: Known): Promise<void> {
    const manifest = await repository.readManifest(manifestId);
    const read = await readAll(repository, manifest.members[0]!.collections[0]!.layers!);
    const expected = entriesOf(known.content).map(({ doc }) => doc);
    if (!Buffer.concat(read).equals(Buffer.concat(expected))) throw new Error("it holds other documents");
  }

  async collect(actor: Actor): Promise<void> {
    const { world, graceMs, sparseShare } = this;
    try {
      const repository = await this.#open(actor);
      const ledger = {
        ...world.ledgerFor(actor),
        ...(world.lies.ignoresRuns ? { oldestRunningSince: async () => null } : {}),
      };
      await this.#removeManifests(actor, repository);
      const signal = new AbortController().signal;
      const options = {
        index: actor.index(),
        ledger,
        graceMs,
        sparseShare,
        packTargetBytes: PACK_TARGET_BYTES,
        signal,
      };
      const seen = world.lies.marksOnce ? withList(repository, this.#listBefore) : repository;
      this.#listBefore = world.kept.map(({ manifestId }) => manifestId!);
      const report = await collectGarbage({ repository: seen, ...options });
      this.reports.push(report);
      const { unreadable, damagedPackIds } = report;
      const needed = new Set([...world.kept.map(({ manifestId }) => manifestId), this.foreign?.manifestId]);
      const lost = unreadable.filter(({ manifestId }) => needed.has(manifestId));
      if (lost.length > 0) world.findings.push(`not readable: ${lost[0]!.message}`);
      if (damagedPackIds.length > 0) world.findings.push("a pack that cannot be read");
    } catch (error) {
      if (!isDomainError(error, "STORAGE_UNAVAILABLE")) throw error;
    }
  }

  /** As the portal does it: manifests of deleted snapshots, and of tries that were killed. */
  async #removeManifests(actor: Actor, repository: Repository): Promise<void> {
    const { world } = this;
    for await (const manifestId of repository.listManifests()) {
      const manifest = await repository.readManifest(manifestId).catch((error: unknown) => {
        if (isDomainError(error, "MANIFEST_NOT_FOUND")) return null;
        throw error;
      });
      if (!manifest) continue;
      await actor.pass("read the row");
      const row = world.snapshots.find(({ id }) => id === manifest.snapshotId);
      const facts = row ? { ...row, ended: row.status !== "IN_PROGRESS" } : null;
      const oldest = await world.ledgerFor(actor).oldestRunningSince();
      const fate = fateOfManifest(manifestId, facts, world.lies.removesManifestsAtOnce ? null : oldest);
      if (fate === "removable") await repository.deleteManifest(manifestId);
    }
  }

  /** True when every node of every snapshot that is kept has a place, and a pack there. Fast: nothing is read. */
  async isComplete(): Promise<boolean> {
    const all = [...this.world.kept.map((row) => this.known.get(row)!), ...(this.foreign ? [this.foreign.known] : [])];
    for (const { nodeIds } of all) {
      const places = await this.world.index.lookup(nodeIds);
      for (const id of nodeIds) {
        const place = places.get(id.toString("hex"));
        const name = place?.packId.toString("hex");
        if (!name || !(await this.world.store.head(`packs/${name.slice(0, 2)}/${name}`))) return false;
      }
    }
    return true;
  }

  /** Reads every kept snapshot, all of it. Throws for one that is not what was written. */
  async verifyAll(): Promise<void> {
    for (const row of this.world.kept) await this.#compare(this.repository, row.manifestId!, this.known.get(row)!);
    if (this.foreign) await this.#compare(this.repository, this.foreign.manifestId, this.foreign.known);
  }

  /** Writes a snapshot that no row will name, as another installation would. */
  async writeForeign(): Promise<void> {
    const { content, layers } = await this.#build(this.repository, null);
    const manifest = manifestFor("ffffffffffffffffffffffff", layers);
    const manifestId = await this.repository.writeManifest(manifest);
    this.foreign = { manifestId, known: { content, layers, nodeIds: await nodesOf(this.repository, manifest) } };
  }
}

function entriesOf(content: Content): Array<Entry & { doc: Buffer }> {
  const ids = [...content.keys()].sort((a, b) => a - b);
  return ids.map((id) => numbered(id, content.get(id)!, 20));
}

function manifestFor(snapshotId: string, layers: Layers): SnapshotManifest {
  return { ...manifestOf({ orders: layers }, {}), snapshotId };
}

async function nodesOf(repository: Repository, manifest: SnapshotManifest): Promise<Buffer[]> {
  const ids = new Map<string, Buffer>();
  async function visit(id: Buffer, level: number): Promise<void> {
    if (ids.has(id.toString("hex"))) return;
    ids.set(id.toString("hex"), Buffer.from(id));
    if (level === 0) return;
    const node = decodeNode(await repository.reader().read(id));
    if (!isLeaf(node)) for (const child of node.children) await visit(child.id, level - 1);
  }
  for (const { id, height } of rootsOf(manifest)) if (id) await visit(id, height - 1);
  return [...ids.values()];
}

/** The repository, but with this list of manifests. */
function withList(repository: Repository, manifestIds: string[]): Repository {
  return new Proxy(repository, {
    get(target, key) {
      if (key === "listManifests") return () => manifestIds.values();
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}
