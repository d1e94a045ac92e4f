import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { startTestServer, type TestServer } from "../../server/testing/wire-server";
import { personWithRole, readDemo } from "../portal/demo";
import { callProcedure } from "../support/procedures";
import { signIn } from "../support/sign-in";

const demo = readDemo();
const loyalty = demo.clusters.find((one) => one.name === "loyalty")!;
const orgId = demo.api.orgId;
const projectId = loyalty.groupId;

/** Passes axe in both themes; fits 360 px. */
async function expectGoodLooks(page: Page, what: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
    expect(found, `${what}, ${colorScheme}`).toEqual([]);
  }
  const size = page.viewportSize()!;
  await page.setViewportSize({ width: 360, height: 780 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), what).toBeLessThanOrEqual(0);
  await page.setViewportSize(size);
}

/** A repository exists once a snapshot was taken. */
async function takeSnapshot(page: Page): Promise<void> {
  const { data } = await callProcedure(page.request, "query", "clusters.byName", { projectId, name: "loyalty" });
  const clusterId = (data as { id: string }).id;
  const taken = await callProcedure(page.request, "mutation", "snapshots.take", { projectId, clusterId });
  const { snapshotId } = taken.data as { snapshotId: string };
  const status = async () => {
    const snapshot = await callProcedure(page.request, "query", "snapshots.get", { projectId, snapshotId });
    return (snapshot.data as { status: string }).status;
  };
  await expect.poll(status, { timeout: 60_000, intervals: [300] }).toBe("COMPLETED");
}

test("an owner prints the recovery kit of a repository; nobody else sees it", async ({ page, browser }) => {
  const manager = await browser.newContext();
  const managing = await manager.newPage();
  await signIn(managing, personWithRole(demo, "GROUP_BACKUP_MANAGER"));
  await takeSnapshot(managing);

  await signIn(page, personWithRole(demo, "ORG_OWNER"));
  await page.goto(`/organizations/${orgId}/storage`);
  await page.getByRole("link", { name: "This installation's disk" }).click();
  await page.getByRole("link", { name: "Recovery kit" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Recovery kit" })).toBeVisible();
  const repositoryId = new URL(page.url()).pathname.split("/").at(-2)!;
  await expect(page.getByText(repositoryId).first()).toBeVisible();
  await expect(page.getByText("npx holdfast repository adopt --storage 'file://")).toBeVisible();
  await expect(page.getByText('"format": "holdfast repository keys"')).toBeVisible();
  await expectGoodLooks(page, "the recovery kit");
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("button", { name: "Print recovery kit" })).toBeHidden();
  await expect(page.getByText("npx holdfast snapshot restore")).toBeVisible();

  await managing.goto(page.url());
  await expect(managing.getByText('"format": "holdfast repository keys"')).toHaveCount(0);
  const asked = await callProcedure(managing.request, "query", "storage.recoveryKit", { orgId, repositoryId });
  expect(asked.status).toBe(403);
  await manager.close();
});

test("a cluster whose server moved is connected again from its page", async ({ page }) => {
  const servers: TestServer[] = [await startTestServer(), await startTestServer()];
  const [before, after] = servers as [TestServer, TestServer];
  const portOf = (server: TestServer) => new URL(server.uri).port;
  const project = demo.clusters.find((one) => one.name === "checkout-prod")!.groupId;
  try {
    await signIn(page, personWithRole(demo, "GROUP_OWNER"));
    const input = { projectId: project, name: "moved", tier: "M10", connectionString: before.uri };
    const made = await callProcedure(page.request, "mutation", "clusters.connect", input);
    expect(made.code).toBeNull();
    await page.goto(`/projects/${project}/clusters/moved`);
    await expect(page.getByText(`127.0.0.1:${portOf(before)}`, { exact: true })).toBeVisible();

    await page.getByRole("button", { name: "Change connection" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Connection string").fill("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=500");
    await dialog.getByRole("button", { name: "Test and connect" }).click();
    await expect(dialog.getByText("The cluster does not answer.")).toBeVisible({ timeout: 30_000 });
    await expectGoodLooks(page, "the dialog");

    await dialog.getByLabel("Connection string").fill(after.uri);
    await dialog.getByRole("button", { name: "Test and connect" }).click();
    await expect(dialog.getByText("This connection string leads to another server.")).toBeVisible({ timeout: 30_000 });
    await dialog.getByRole("checkbox", { name: "This is another server, and I want that" }).check();
    await expectGoodLooks(page, "the dialog that asks about another server");
    await dialog.getByRole("button", { name: "Test and connect" }).click();
    await expect(dialog).toBeHidden({ timeout: 30_000 });
    await expect(page.getByText(`127.0.0.1:${portOf(after)}`, { exact: true })).toBeVisible();
    expect(await page.content()).not.toContain(new URL(after.uri).password);

    const clusterId = (made.data as { id: string }).id;
    const remove = { projectId: project, clusterId, typedName: "moved", retainSnapshots: false };
    expect((await callProcedure(page.request, "mutation", "clusters.delete", remove)).code).toBeNull();
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
});
