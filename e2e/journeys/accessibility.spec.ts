import AxeBuilder from "@axe-core/playwright";
import { expect, test, type Page } from "@playwright/test";
import { personWithRole, readDemo } from "../portal/demo";
import { signIn } from "../support/sign-in";

const demo = readDemo();
const production = demo.clusters.find((one) => one.name === "checkout-prod")!;
const project = `/projects/${production.groupId}`;
const organization = `/organizations/${demo.api.orgId}`;

const PAGES = [
  "/projects",
  `${project}/overview`,
  `${project}/clusters`,
  `${project}/clusters/new`,
  `${project}/clusters/checkout-prod`,
  `${project}/clusters/checkout-prod/backup`,
  `${project}/clusters/sandbox/backup`,
  `${project}/backup`,
  `${project}/restores/new`,
  `${project}/members`,
  `${project}/activity`,
  `${organization}/clusters`,
  `${organization}/projects`,
  `${organization}/storage`,
  `${organization}/storage/new`,
  `${organization}/members`,
  `${organization}/activity`,
];

for (const scheme of ["light", "dark"] as const) {
  test(`axe finds nothing on any page, ${scheme}`, async ({ page }) => {
    test.setTimeout(240_000);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.goto("/sign-in");
    await expectNoViolation(page, "/sign-in");
    await signIn(page, personWithRole(demo, "GROUP_OWNER"));
    for (const address of PAGES) {
      await page.goto(address);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expectNoViolation(page, address);
    }
  });
}

async function expectNoViolation(page: Page, address: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
  expect(found, address).toEqual([]);
}

test("no page scrolls sideways at 360 px", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 780 });
  await signIn(page, personWithRole(demo, "GROUP_OWNER"));
  for (const address of PAGES) {
    await page.goto(address);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, address).toBeLessThanOrEqual(0);
  }
});

test("the keyboard alone signs in, finds a cluster and opens the snapshot dialog", async ({ page }) => {
  const person = personWithRole(demo, "GROUP_BACKUP_MANAGER");
  await page.goto("/sign-in");
  await expect(page.getByLabel("Email")).toBeFocused();
  await page.keyboard.type(person.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(person.password);
  await page.keyboard.press("Enter");
  await expect(page).not.toHaveURL(/sign-in/);
  await page.goto(`${project}/clusters/checkout-prod/backup`);
  const take = page.getByRole("button", { name: "Take snapshot" }).first();
  await take.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(take).toBeFocused();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog")).toBeVisible();
});
