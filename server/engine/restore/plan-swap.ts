import { DomainError } from "@/server/platform/errors/domain-error";
import { isUserCollection, SYSTEM_JS } from "../source/namespaces";
import type { JournalState, ParkedExpiry, RestoreResult, SwapEntry, ViewDefinition } from "./journal";
import type { LiveNames } from "./live-names";
import type { RestorePlan } from "./plan";
import { asideName } from "./staging-names";

/**
 * The swap as it will be journalled, from what is on the server now: every collection of the snapshot comes in, every
 * user collection of the target goes aside, views that differ are dropped and created again.
 */
export function planSwap(
  plan: RestorePlan,
  live: LiveNames,
  run: { runId: string; manifestId: string },
  result: Omit<RestoreResult, "removed" | "views">,
): JournalState {
  const wanted = new Map(plan.collections.map((planned) => [planned.namespace, planned]));
  const wantedViews = new Map(plan.views.map((view) => [`${view.database}.${view.name}`, view]));
  const present = live.all().filter(({ name }) => isUserCollection(name) && name !== SYSTEM_JS);
  const series = present.find(({ type }) => type === "timeseries");
  if (series) {
    throw new DomainError("RESTORE_CHECK_FAILED", {
      message: `${series.database}.${series.name} is a time series, which cannot be renamed`,
      params: { check: "notAtomic", errorCode: null, fact: `${series.database}.${series.name} is a time series` },
    });
  }
  const entries: SwapEntry[] = plan.collections.map(({ manifest, staging }) => ({
    database: manifest.database,
    name: manifest.name,
    staging,
    stagingUuid: live.get(manifest.database, staging)?.uuid ?? null,
    aside: null,
    asideUuid: null,
  }));
  const byNamespace = new Map(entries.map((entry) => [`${entry.database}.${entry.name}`, entry]));
  const removed: string[] = [];
  const viewsToDrop: ViewDefinition[] = [];
  const keptViews = new Set<string>();
  for (const { database, name, type, uuid, options } of present) {
    const namespace = `${database}.${name}`;
    if (type === "view") {
      if (wantedViews.get(namespace)?.options === options) keptViews.add(namespace);
      else viewsToDrop.push({ database, name, options });
    } else {
      let entry = byNamespace.get(namespace);
      if (!entry) {
        entry = { database, name, staging: null, stagingUuid: null, aside: null, asideUuid: null };
        byNamespace.set(namespace, entry);
        entries.push(entry);
      }
      entry.aside = asideName(run.runId, entries.indexOf(entry));
      entry.asideUuid = uuid;
    }
    if (!wanted.has(namespace) && !wantedViews.has(namespace)) removed.push(namespace);
  }
  return {
    version: 1,
    runId: run.runId,
    manifestId: run.manifestId,
    phase: "swapping",
    entries,
    viewsToDrop,
    viewsToCreate: plan.views
      .filter((view) => !keptViews.has(`${view.database}.${view.name}`))
      .map(({ database, name, options }) => ({ database, name, options })),
    parked: parkedExpiries(plan),
    result: { ...result, removed, views: plan.views.map(({ database, name }) => ({ database, name })) },
  };
}

function parkedExpiries(plan: RestorePlan): ParkedExpiry[] {
  return plan.collections.flatMap(({ manifest: { database, name }, cleaned, indexes }) => [
    ...(cleaned.parkedExpiry === null
      ? []
      : [{ database, name, index: null, expireAfterSeconds: cleaned.parkedExpiry }]),
    ...indexes.flatMap((index) =>
      index.parkedExpiry === null || index.spec === null
        ? []
        : [{ database, name, index: index.name, expireAfterSeconds: index.parkedExpiry }],
    ),
  ]);
}
