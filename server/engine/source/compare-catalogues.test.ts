import { expect, it } from "vitest";
import type { CatalogueEntry } from "./catalogue";
import { compareCatalogues } from "./compare-catalogues";

function entry(name: string, uuid: string | null, over: Partial<CatalogueEntry> = {}): CatalogueEntry {
  const shape = { database: "shop", type: "collection", options: "{}", idIndex: null } as const;
  const kind = { capped: false, clustered: false, collated: false };
  return { ...shape, ...kind, indexes: [], name, uuid, storage: name, storageUuid: uuid, ...over };
}

it("tells what came or went from what changed", () => {
  const stays = entry("stays", "1");
  const comparison = compareCatalogues(
    [stays, entry("went", "2"), entry("old", "3"), entry("again", "4"), entry("indexed", "5"), entry("older", null)],
    [stays, entry("came", "6"), entry("new", "3"), entry("again", "7"), entry("indexed", "5", { indexes: ["{}"] })],
  );
  expect(comparison).toEqual({
    same: [stays],
    cameOrWent: ["shop.came", "shop.new", "shop.old", "shop.older", "shop.went"],
    changed: ["shop.again", "shop.indexed", "shop.new"],
  });
});
