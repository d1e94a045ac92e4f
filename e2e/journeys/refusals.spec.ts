import { expect, test, type APIRequestContext } from "@playwright/test";
import { personWithRole, readDemo } from "../portal/demo";
import { callProcedure } from "../support/procedures";
import { signIn } from "../support/sign-in";

const SNAPSHOT_NAME = "for the refusals";

interface Known {
  checkout: string;
  continuity: string;
  clusters: Record<string, { id: string; projectId: string }>;
  snapshotId: string;
}

const demo = readDemo();
const checkout = demo.clusters.find((one) => one.name === "checkout-prod")!.groupId;
const continuity = demo.clusters.find((one) => one.name === "loyalty")!.groupId;
let known: Known;

async function listClusters(request: APIRequestContext, projectId: string): Promise<Known["clusters"]> {
  const { data } = await callProcedure(request, "query", "clusters.list", { projectId });
  const clusters = data as Array<{ id: string; name: string }>;
  return Object.fromEntries(clusters.map((one) => [one.name, { id: one.id, projectId }]));
}

test.beforeAll(async ({ browser }) => {
  const page = await browser.newPage();
  await signIn(page, personWithRole(demo, "GROUP_BACKUP_MANAGER"));
  const clusters = {
    ...(await listClusters(page.request, checkout)),
    ...(await listClusters(page.request, continuity)),
  };
  const taken = await callProcedure(page.request, "mutation", "snapshots.take", {
    projectId: checkout,
    clusterId: clusters["checkout-staging"]!.id,
    retentionDays: 1,
    description: SNAPSHOT_NAME,
  });
  const { snapshotId } = taken.data as { snapshotId: string };
  await expect
    .poll(
      async () => {
        const one = { projectId: checkout, snapshotId };
        const { data } = await callProcedure(page.request, "query", "snapshots.get", one);
        return (data as { status: string }).status;
      },
      { timeout: 90_000 },
    )
    .toBe("COMPLETED");
  known = { checkout, continuity, clusters, snapshotId };
  await page.close();
});

function restoreInto(name: string) {
  const target = known.clusters[name]!;
  return {
    projectId: known.checkout,
    snapshotId: known.snapshotId,
    targetProjectId: target.projectId,
    targetClusterId: target.id,
    typedName: name,
  };
}

const wizard = (name: string) => {
  const { targetProjectId, targetClusterId } = restoreInto(name);
  const query = new URLSearchParams({
    cluster: "checkout-staging",
    snapshot: known.snapshotId,
    targetProject: targetProjectId,
    target: targetClusterId,
  });
  return `/projects/${known.checkout}/restores/new?${query}`;
};

test("a read-only member sees why they cannot, and the server refuses them too", async ({ page }) => {
  await signIn(page, personWithRole(demo, "GROUP_READ_ONLY"));
  await page.goto(`/projects/${checkout}/clusters/checkout-staging/backup`);
  await expect(page.getByRole("button", { name: "Take snapshot" }).first()).toBeDisabled();
  const taken = await callProcedure(page.request, "mutation", "snapshots.take", {
    projectId: checkout,
    clusterId: known.clusters["checkout-staging"]!.id,
    retentionDays: 1,
  });
  expect(taken).toMatchObject({ status: 403, code: "USER_UNAUTHORIZED" });
  const started = await callProcedure(page.request, "mutation", "restores.start", restoreInto("checkout-staging"));
  expect(started).toMatchObject({ status: 403 });
});

test("for an outsider the project does not exist", async ({ page }) => {
  await signIn(
    page,
    demo.users.find((user) => user.orgRoles.length === 0)!,
  );
  await page.goto(`/projects/${checkout}/overview`);
  await expect(page.getByRole("heading", { name: "There is nothing here for you" })).toBeVisible();
  const started = await callProcedure(page.request, "mutation", "restores.start", restoreInto("checkout-staging"));
  expect(started).toMatchObject({ status: 404, code: "GROUP_NOT_FOUND" });
});

test("an Organization Owner has no backup rights before adding themselves", async ({ page }) => {
  await signIn(page, personWithRole(demo, "ORG_OWNER"));
  const before = await callProcedure(page.request, "mutation", "restores.start", restoreInto("checkout-staging"));
  expect(before).toMatchObject({ status: 403 });
  await page.goto(`/projects/${checkout}/overview`);
  await expect(page.getByRole("button", { name: "Add me to this project" }).first()).toBeVisible();
});

test("an older release, an M0 and a Flex are refused with words that say why", async ({ page }) => {
  await signIn(page, personWithRole(demo, "GROUP_BACKUP_MANAGER"));
  const refusals: Array<[string, RegExp]> = [
    ["loyalty", /not to 7\.0\.14/],
    ["sandbox", /M0/],
    ["preview", /Flex/],
  ];
  for (const [name, words] of refusals) {
    await page.goto(wizard(name));
    await expect(page.getByText(words).first(), name).toBeVisible({ timeout: 30_000 });
    await page.getByLabel("Type the name of the destination cluster").fill(name);
    await expect(page.getByRole("button", { name: "Start restore" }), name).toBeDisabled();
    const started = await callProcedure(page.request, "mutation", "restores.start", restoreInto(name));
    expect(started.status, name).toBeGreaterThanOrEqual(400);
    expect(started.code, name).not.toBe("INTERNAL");
  }
});

test("a wrong name does not start a restore", async ({ page }) => {
  await signIn(page, personWithRole(demo, "GROUP_BACKUP_MANAGER"));
  const input = { ...restoreInto("checkout-staging"), typedName: "checkout-stagin" };
  const started = await callProcedure(page.request, "mutation", "restores.start", input);
  expect(started).toMatchObject({ code: "RESTORE_NAME_MISMATCH" });
});

test("an M0's Backup tab gives the commands, ready to copy", async ({ page }) => {
  await signIn(page, personWithRole(demo, "GROUP_BACKUP_MANAGER"));
  await page.goto(`/projects/${checkout}/clusters/sandbox/backup`);
  await expect(page.getByText(/^mongodump --uri/).first()).toBeVisible();
  await expect(page.getByText(/^mongorestore --uri/).first()).toBeVisible();
});
