import type { MongoClient } from "mongodb";
import type { SnapshotManifest } from "@/server/engine/repository";
import { isUserCollection, isUserDatabase } from "@/server/engine/source/namespaces";
import { db } from "@/server/platform/db";
import { withClusterDeployment } from "../clusters/open-deployment";
import type { Consequence } from "./schema";

/** Of more namespaces than this the page would only get long. */
const SHOWN_MAX = 1_000;

/** Documents in every namespace that a restore would touch; estimates, as servers keep them. */
async function countNow(client: MongoClient): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const { databases } = await client.db("admin").admin().listDatabases({ nameOnly: true });
  for (const { name } of databases.filter((database) => isUserDatabase(database.name))) {
    const collections = await client.db(name).listCollections({}, { nameOnly: true }).toArray();
    for (const collection of collections.filter((one) => isUserCollection(one.name))) {
      if (counts.size >= SHOWN_MAX) return counts;
      const isView = collection.type === "view";
      const documents = isView ? 0 : await client.db(name).collection(collection.name).estimatedDocumentCount();
      counts.set(`${name}.${collection.name}`, documents);
    }
  }
  return counts;
}

/** What happens to each namespace: replaced, created, or gone because the snapshot has none of that name. */
export async function listConsequences(clusterId: string, manifest: SnapshotManifest): Promise<Consequence[]> {
  const now = await withClusterDeployment(db(), clusterId, async (deployment) => countNow(await deployment.client()));
  const after = new Map(
    manifest.members.flatMap((member) =>
      member.collections.map((collection) => [`${collection.database}.${collection.name}`, collection.documents]),
    ),
  );
  const names = [...new Set([...after.keys(), ...now.keys()])].slice(0, SHOWN_MAX);
  const consequences = names.map((namespace): Consequence => {
    const documentsNow = now.get(namespace) ?? null;
    const documentsAfter = after.get(namespace) ?? null;
    const action = documentsAfter === null ? "dropped" : documentsNow === null ? "created" : "replaced";
    return { namespace, action, documentsNow, documentsAfter };
  });
  const order = { dropped: 0, replaced: 1, created: 2 };
  return consequences.sort((a, b) => order[a.action] - order[b.action] || (a.namespace < b.namespace ? -1 : 1));
}
