import { expect, test } from "@playwright/test";
import { MongoClient } from "mongodb";
import { personWithRole, readDemo } from "../portal/demo";
import {
  breakDatabase,
  digestDatabase,
  dropCollections,
  hasDatasets,
  loadRealCollections,
} from "../support/cluster-data";
import { startOutsideClient } from "../support/outside-client";
import { callProcedure } from "../support/procedures";
import { signIn } from "../support/sign-in";

const DATABASE = "real";
const CLUSTER = "checkout-staging";

test("a Backup Manager takes a snapshot, breaks the data, and gets every byte back", async ({ page }) => {
  test.setTimeout(300_000);
  test.info().annotations.push({ type: "data", description: hasDatasets ? "real collections" : "odd documents only" });
  const demo = readDemo();
  const cluster = demo.clusters.find((one) => one.name === CLUSTER)!;
  const client = await new MongoClient(cluster.connectionString).connect();
  await loadRealCollections(client, DATABASE);
  const before = await digestDatabase(client, DATABASE);

  await signIn(page, personWithRole(demo, "GROUP_BACKUP_MANAGER"));
  await page.goto(`/projects/${cluster.groupId}/clusters/${CLUSTER}/backup`);
  await page.getByRole("button", { name: "Take snapshot" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Description").fill("before the accident");
  await dialog.getByRole("button", { name: "Take snapshot" }).click();
  await expect(dialog).toBeHidden();
  const row = page.getByRole("row").filter({ hasText: "before the accident" });
  await expect(row.getByText("Completed")).toBeVisible({ timeout: 90_000 });

  await breakDatabase(client, DATABASE);
  expect(await digestDatabase(client, DATABASE)).not.toEqual(before);

  const outside = startOutsideClient(cluster.connectionString, DATABASE);
  await row.getByRole("link", { name: "Restore" }).click();
  await page.getByRole("link", { name: `Choose ${CLUSTER}` }).click();
  await expect(page.getByRole("heading", { name: /^Checks/ })).toBeVisible({ timeout: 30_000 });
  const start = page.getByRole("button", { name: "Start restore" });
  await expect(start).toBeDisabled();
  await page.getByLabel("Type the name of the destination cluster").fill(CLUSTER);
  await start.click();
  await page.waitForURL(/\/restores\/[0-9a-f]{24}$/);
  const restoreId = page.url().split("/").at(-1)!;

  const second = await callProcedure(page.request, "mutation", "restores.start", {
    projectId: cluster.groupId,
    snapshotId: await newestSnapshot(page.request, cluster.groupId),
    targetProjectId: cluster.groupId,
    targetClusterId: await clusterId(page.request, cluster.groupId),
    typedName: CLUSTER,
  });
  expect(second.code, "a second restore into the same server").toBe("ATLAS_CLUSTER_RESTORE_IN_PROGRESS");

  await expect(page.getByText(/Proven: checkout-staging equals the snapshot/)).toBeVisible({ timeout: 150_000 });
  const seen = await outside.stop();
  expect(seen.surprises, "an ordinary client sees nothing but UserWritesBlocked").toEqual([]);
  expect(seen.refused, "writes refused while the restore ran").toBeGreaterThan(0);
  expect(seen.readsDuringBlock, "reads that went on meanwhile").toBe(seen.refused);

  await page.getByRole("link", { name: "See report" }).first().click();
  await page.waitForURL(new RegExp(`/restores/${restoreId}/report$`));
  await expect(page.getByRole("heading", { level: 1 })).toContainText(/equal|Proven/i);

  expect(await digestDatabase(client, DATABASE), "every document, byte for byte").toEqual(before);
  await client.db(DATABASE).collection("odd").insertOne({ after: "writes are let in again" });
  await dropCollections(client, DATABASE);
  await client.close();
});

type Requests = Parameters<typeof callProcedure>[0];

async function newestSnapshot(request: Requests, projectId: string): Promise<string> {
  const { data } = await callProcedure(request, "query", "snapshots.list", { projectId });
  return (data as { items: Array<{ id: string }> }).items[0]!.id;
}

async function clusterId(request: Requests, projectId: string): Promise<string> {
  const { data } = await callProcedure(request, "query", "clusters.list", { projectId });
  return (data as Array<{ id: string; name: string }>).find((one) => one.name === CLUSTER)!.id;
}
