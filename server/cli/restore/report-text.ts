import type { AffectedCollection } from "@/server/engine/repository/check/check-report";
import type { RestoreResult } from "@/server/engine/restore/journal";
import { plural } from "../frame/words";
import { damageText } from "../repository/intact";

/** What a restore did, for people. */
export function restoreText(
  result: RestoreResult | { rolledBack: true },
  damage: readonly AffectedCollection[],
  name: string,
): string {
  if ("rolledBack" in result) return `${name} is as it was before the restore.`;
  const { documents, collections, views, removed, differences, timings } = result;
  const what = `${plural(documents, "document")} of ${plural(collections.length, "collection")}`;
  const seconds = timings.map(({ step, ms }) => `${step} ${(ms / 1000).toFixed(1)} s`).join(", ");
  return [
    `${what} restored into ${name}${views.length > 0 ? `, and ${plural(views.length, "view")}` : ""}.`,
    "Every collection was read back, and its root is that of the documents that were to be restored.",
    ...(seconds ? [`Time: ${seconds}.`] : []),
    ...removed.map((namespace) => `Removed, because the snapshot does not have it: ${namespace}`),
    ...differences.map(({ namespace, what: difference }) => `${namespace}: ${difference}`),
    ...damageText(damage),
  ].join("\n");
}
