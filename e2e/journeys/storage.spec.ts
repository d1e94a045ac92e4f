import AxeBuilder from "@axe-core/playwright";
import { ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { expect, test, type APIRequestContext, type Page } from "@playwright/test";
import { AZURITE_ACCOUNT, AZURITE_KEY, startAzurite } from "../../server/engine/storage/testing/azurite";
import { personWithRole, readDemo } from "../portal/demo";
import { callProcedure } from "../support/procedures";
import { signIn } from "../support/sign-in";

const CONTAINER = "snapshots";
const TARGET = "Frankfurt";
/** One cluster in the region that is assigned to the new target, one in another. */
const THERE = "checkout-staging";
const ELSEWHERE = "loyalty";

const demo = readDemo();
const storage = `/organizations/${demo.api.orgId}/storage`;
const projectOf = (cluster: string) => demo.clusters.find((one) => one.name === cluster)!.groupId;

let azurite: Awaited<ReturnType<typeof startAzurite>>;
test.beforeAll(async () => {
  azurite = await startAzurite(CONTAINER);
});
test.afterAll(() => azurite.stop());

/** Names of everything in the container, as somebody sees it who looks there. */
async function objectsThere(): Promise<string[]> {
  const key = new StorageSharedKeyCredential(AZURITE_ACCOUNT, AZURITE_KEY);
  const names: string[] = [];
  const container = new ContainerClient(`${azurite.endpoint}/${CONTAINER}`, key);
  for await (const blob of container.listBlobsFlat()) names.push(blob.name);
  return names;
}

/** Both themes pass axe, and nothing scrolls sideways at 360 px. */
async function expectGoodLooks(page: Page, what: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
    expect(found, `${what}, ${colorScheme}`).toEqual([]);
  }
  const size = page.viewportSize()!;
  await page.setViewportSize({ width: 360, height: 780 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow, what).toBeLessThanOrEqual(0);
  await page.setViewportSize(size);
}

async function clusterId(request: APIRequestContext, name: string): Promise<string> {
  const { data } = await callProcedure(request, "query", "clusters.list", { projectId: projectOf(name) });
  return (data as Array<{ id: string; name: string }>).find((one) => one.name === name)!.id;
}

async function untilCompleted(request: APIRequestContext, path: string, input: object): Promise<void> {
  const status = async () => ((await callProcedure(request, "query", path, input)).data as { status: string }).status;
  await expect.poll(status, { timeout: 60_000, intervals: [300] }).toBe("COMPLETED");
}

async function takeSnapshot(request: APIRequestContext, name: string): Promise<string> {
  const ids = { projectId: projectOf(name), clusterId: await clusterId(request, name) };
  const { data } = await callProcedure(request, "mutation", "snapshots.take", { ...ids, retentionDays: 1 });
  const { snapshotId } = data as { snapshotId: string };
  await untilCompleted(request, "snapshots.get", { projectId: ids.projectId, snapshotId });
  return snapshotId;
}

test.describe.configure({ mode: "serial" });

test("an owner adds a target: what is wrong with it is said step by step, what is right is saved", async ({ page }) => {
  await signIn(page, personWithRole(demo, "ORG_OWNER"));
  await page.goto(storage);
  await expect(page.getByText("When that machine is lost, so are they.")).toBeVisible();
  await page.getByRole("link", { name: "Add storage target" }).click();
  await page.getByLabel(/^Azure Blob Storage/).check();
  const field = (name: string) => page.getByRole("textbox", { name, exact: true });
  await field("Name").fill(TARGET);
  await field("Storage account").fill(AZURITE_ACCOUNT);
  await field("Container").fill(CONTAINER);
  await field("Folder in it").fill("holdfast");
  await field("Endpoint").fill(azurite.endpoint);
  const key = field("Account key");
  await key.fill(Buffer.from("not the key of this account").toString("base64"));
  await page.getByRole("button", { name: "Test storage" }).click();
  const failed = page.getByRole("list", { name: "Test, failed" });
  await expect(failed.getByRole("listitem").filter({ hasText: "Reach" })).toContainText("Fail");
  await expect(failed.getByRole("listitem").filter({ hasText: "Write" })).toContainText("Not tried");
  await expect(page.getByRole("button", { name: "Add target" })).toBeDisabled();
  const wrongKey = await failed.getByRole("listitem").filter({ hasText: "Reach" }).innerText();
  await expectGoodLooks(page, "a failed test");

  await key.fill(AZURITE_KEY);
  await field("Container").fill("no-such-container");
  await page.getByRole("button", { name: "Test storage" }).click();
  await expect(failed).toBeVisible();
  expect(await failed.getByRole("listitem").filter({ hasText: "Reach" }).innerText()).not.toBe(wrongKey);

  await field("Container").fill(CONTAINER);
  await page.getByRole("button", { name: "Test storage" }).click();
  const passed = page.getByRole("list", { name: "Test, passed" });
  await expect(passed.getByText("Pass", { exact: true })).toHaveCount(7);
  expect(await objectsThere(), "the test left nothing behind").toEqual([]);
  await page.getByRole("button", { name: "Add target" }).click();

  await expect(page.getByRole("heading", { level: 1, name: TARGET })).toBeVisible();
  await page.getByRole("button", { name: "Assign" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Project").selectOption({ label: "Checkout" });
  await dialog.getByLabel("Region").selectOption({ label: "eu-central-1" });
  await dialog.getByRole("button", { name: "Assign" }).click();
  await expect(page.getByText("AWS eu-central-1, Checkout").first()).toBeVisible();
  expect(await page.content()).not.toContain(AZURITE_KEY);
});

test("snapshots go where their cluster's region says, restore from there, and keep the target", async ({ page }) => {
  test.setTimeout(150_000);
  await signIn(page, personWithRole(demo, "GROUP_BACKUP_MANAGER"));
  await page.goto(`/projects/${projectOf(THERE)}/clusters/${THERE}/backup`);
  await expect(page.getByText("Next goes to").locator("..")).toContainText(TARGET);
  const [there, elsewhere] = await Promise.all([
    takeSnapshot(page.request, THERE),
    takeSnapshot(page.request, ELSEWHERE),
  ]);
  const stored = await objectsThere();
  expect(stored.filter((name) => /^holdfast\/[0-9a-f]{24}\/manifests\//.test(name))).toHaveLength(1);
  expect(stored.some((name) => /^holdfast\/[0-9a-f]{24}\/packs\//.test(name))).toBe(true);
  const storedIn = () => page.locator("dd").filter({ hasText: /repositories|azblob/ });
  await page.goto(`/projects/${projectOf(ELSEWHERE)}/clusters/${ELSEWHERE}/backup/${elsewhere}`);
  await expect(storedIn()).toContainText("This installation's disk");
  await page.goto(`/projects/${projectOf(THERE)}/clusters/${THERE}/backup/${there}`);
  await expect(storedIn()).toContainText(TARGET);

  const target = { targetProjectId: projectOf(THERE), targetClusterId: await clusterId(page.request, THERE) };
  const restore = await callProcedure(page.request, "mutation", "restores.start", {
    projectId: projectOf(THERE),
    snapshotId: there,
    ...target,
    typedName: THERE,
  });
  const { restoreId } = restore.data as { restoreId: string };
  await untilCompleted(page.request, "restores.get", { projectId: projectOf(THERE), restoreId });
  await page.goto(`/projects/${projectOf(THERE)}/restores/${restoreId}/report`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText(/equal|Proven/i);
});

test("a target that holds snapshots is not removed, and says whose they are", async ({ page }) => {
  await signIn(page, personWithRole(demo, "ORG_OWNER"));
  await page.goto(storage);
  await expectGoodLooks(page, "the list");
  await page.getByRole("link", { name: TARGET }).click();
  await expect(page.getByRole("heading", { level: 1, name: TARGET })).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: THERE })).toContainText("Checkout");
  await expect(page.getByRole("link", { name: "Recovery kit" })).toHaveCount(1);
  await expectGoodLooks(page, "a target's page");
  await page.getByRole("button", { name: `Actions for ${TARGET}` }).click();
  const remove = page.getByRole("menuitem", { name: /Remove target/ });
  await expect(remove).toContainText("It holds a snapshot, which has to expire or be deleted first.");
  await page.keyboard.press("Escape");
  const targetId = page.url().split("/").at(-1);
  const asked = await callProcedure(page.request, "mutation", "storage.remove", { orgId: demo.api.orgId, targetId });
  expect(asked.code).toBe("STORAGE_TARGET_IN_USE");

  await page.getByRole("button", { name: `Actions for ${TARGET}` }).click();
  await page.getByRole("menuitem", { name: "Change name or credentials" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Account key" }).fill("bm90IHRoZSBrZXk=");
  await dialog.getByRole("button", { name: "Change target" }).click();
  await expect(dialog, "credentials that do not work are not saved").toContainText("did not pass its test");
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Test storage" }).click();
  await expect(page.getByRole("list", { name: "Test, passed" })).toBeVisible();
  await page.getByRole("button", { name: /^Take away/ }).click();
  await expect(page.getByText("No snapshot goes there yet.")).toBeVisible();
});
