import { serialize } from "bson";
import { DomainError } from "@/server/platform/errors/domain-error";
import { fromExtendedJson, toExtendedJson, type OrderedDocument } from "../source/extended-json";
import type { CatalogueEntry } from "../source/catalogue";
import { isUserCollection, SYSTEM_JS } from "../source/namespaces";
import type { RestoreContext } from "./context";
import type { JournalState } from "./journal";
import { LiveNames } from "./live-names";
import type { PlannedCollection, RestorePlan } from "./plan";

/** Facts of an index that decide what its collection may hold or what queries find; the rest is reported. */
const DECISIVE_INDEX_OPTIONS = ["key", "unique", "sparse", "partialFilterExpression"];
const DECISIVE_OPTIONS = ["capped", "size", "max", "validator", "viewOn", "pipeline", "clusteredIndex"];

/**
 * Looks at the swapped target: exactly the snapshot's collections and views are there, they are the proven ones, with
 * their options and indexes. Throws RESTORE_ROOT_MISMATCH when something decisive differs; the rest is returned.
 */
export async function checkCatalogue(
  context: RestoreContext,
  plan: RestorePlan,
  state: JournalState,
): Promise<Array<{ namespace: string; what: string }>> {
  const live = await LiveNames.read(context.client, context.server, { withIndexes: true });
  const expected = new Set([
    ...plan.collections.map(({ namespace }) => namespace),
    ...plan.views.map(({ database, name }) => `${database}.${name}`),
  ]);
  const differences: Array<{ namespace: string; what: string }> = [];
  for (const { database, name } of live.all()) {
    if (!isUserCollection(name) || name === SYSTEM_JS) continue;
    if (!expected.has(`${database}.${name}`))
      throw wrong(`${database}.${name}`, "is not in the snapshot and still there");
  }
  for (const { database, name, options } of plan.views) {
    const found = live.get(database, name);
    if (found?.type !== "view") throw wrong(`${database}.${name}`, "the view is missing");
    compareOptions(`${database}.${name}`, fromExtendedJson(options), found, differences);
  }
  const uuids = new Map(state.entries.map((entry) => [`${entry.database}.${entry.name}`, entry.stagingUuid]));
  for (const planned of plan.collections) {
    const { namespace, manifest } = planned;
    const found = live.get(manifest.database, manifest.name);
    if (found?.type !== "collection") throw wrong(namespace, "the collection is missing");
    const uuid = uuids.get(namespace) ?? null;
    if (uuid !== null && found.uuid !== uuid) throw wrong(namespace, "is not the collection that was proven");
    compareOptions(namespace, planned.cleaned.options, found, differences);
    compareIndexes(planned, found, differences);
  }
  return differences;
}

function compareOptions(
  namespace: string,
  wanted: OrderedDocument,
  found: CatalogueEntry,
  differences: Array<{ namespace: string; what: string }>,
): void {
  const given = fromExtendedJson(found.options);
  dropVersion(given);
  dropVersion(wanted);
  for (const option of new Set([...wanted.keys(), ...given.keys()])) {
    if (textOf(wanted.get(option)) === textOf(given.get(option))) continue;
    if (DECISIVE_OPTIONS.includes(option) && !isEqualSize(option, wanted, given)) {
      throw wrong(namespace, `the option ${option} is ${textOf(given.get(option))}`);
    }
    differences.push({
      namespace,
      what: `option ${option}: ${textOf(wanted.get(option))} became ${textOf(given.get(option))}`,
    });
  }
}

/** Numbers of another type, and a size that an old server rounded up to 256 bytes, mean the same. */
function isEqualSize(option: string, wanted: OrderedDocument, given: OrderedDocument): boolean {
  const before = Number(wanted.get(option));
  const after = Number(given.get(option));
  if (Number.isNaN(before) || Number.isNaN(after)) return false;
  return before === after || (option === "size" && Math.ceil(before / 256) * 256 === after);
}

function compareIndexes(
  { namespace, indexes }: PlannedCollection,
  found: CatalogueEntry,
  differences: Array<{ namespace: string; what: string }>,
): void {
  const present = new Map(found.indexes.map((text) => fromExtendedJson(text)).map((spec) => [spec.get("name"), spec]));
  for (const { name, spec } of indexes) {
    if (spec === null) continue;
    const given = present.get(name);
    if (!given) throw wrong(namespace, `the index ${name} is missing`);
    present.delete(name);
    dropVersion(given);
    for (const option of new Set([...spec.keys(), ...given.keys()])) {
      if (textOf(spec.get(option)) === textOf(given.get(option)) || isImplied(option, spec, given)) continue;
      const what = `index ${name}: ${option} is ${textOf(given.get(option))} instead of ${textOf(spec.get(option))}`;
      if (DECISIVE_INDEX_OPTIONS.includes(option)) throw wrong(namespace, what);
      differences.push({ namespace, what });
    }
  }
  for (const name of present.keys())
    throw wrong(namespace, `there is an index ${String(name)} that the snapshot lacks`);
}

/** What servers list beside what was asked for: the version, false flags, a simple collation. */
function isImplied(option: string, wanted: OrderedDocument, given: OrderedDocument): boolean {
  if (option === "v" || option === "ns" || option === "prepareUnique") return true;
  const [one, other] = [wanted.get(option), given.get(option)];
  if ((one ?? false) === false && (other ?? false) === false) return true;
  if (option === "collation") return [one, other].every((value) => value === undefined || isSimple(value));
  if (option === "key") return sameKey(one, other);
  return false;
}

function isSimple(collation: unknown): boolean {
  return collation instanceof Map && collation.get("locale") === "simple";
}

/** Directions may come back as another numeric type. */
function sameKey(one: unknown, other: unknown): boolean {
  if (!(one instanceof Map) || !(other instanceof Map)) return false;
  const plain = (key: OrderedDocument): string =>
    JSON.stringify([...key].map(([name, value]) => [name, typeof value === "string" ? value : Number(value)]));
  return plain(one) === plain(other);
}

function dropVersion(holder: OrderedDocument): void {
  const collation = holder.get("collation");
  if (collation instanceof Map) collation.delete("version");
}

function textOf(value: unknown): string {
  if (value === undefined) return "nothing";
  return toExtendedJson(Buffer.from(serialize(new Map([["v", value]])))).slice('{"v":'.length, -1);
}

function wrong(namespace: string, what: string): DomainError {
  return new DomainError("RESTORE_ROOT_MISMATCH", {
    message: `${namespace}: ${what}`,
    params: { namespace, what },
  });
}
