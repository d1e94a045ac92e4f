import { expect, test } from "@playwright/test";
import { ended, freePort, launchReady, makeHome, removeHomes, stopAll } from "../support/own-portal";
import { signIn } from "../support/sign-in";

/** A new installation without the demo: from the token in the terminal to a first project, which a restart keeps. */
const owner = { name: "Nora Field", email: "nora@example.com", password: "a long enough passphrase 7" };

test.afterAll(async () => {
  await stopAll();
  removeHomes();
});

test("the first person sets Holdfast up with the token, and makes a first project", async ({ browser }) => {
  const [home, port] = [makeHome(), await freePort()];
  const baseURL = `http://127.0.0.1:${port}`;
  const started = await launchReady(home, port);
  const token = /asks for this token:\s+(\S+)/.exec(started.output())?.[1];
  expect(token).toBeDefined();
  const page = await browser.newPage({ baseURL });

  await test.step("a wrong token is refused", async () => {
    await page.goto("/");
    await expect(page).toHaveURL(/\/setup$/);
    const form = page.getByRole("form", { name: "Set up Holdfast" });
    await form.getByLabel("One-time token").fill("not-the-token-of-the-terminal");
    await form.getByLabel("Your name").fill(owner.name);
    await form.getByLabel("Email").fill(owner.email);
    await form.getByLabel("Password").fill(owner.password);
    await form.getByLabel("Organization").fill("Field and Sons");
    await form.getByRole("button", { name: "Create organization" }).click();
    await expect(form.getByText("This is not the token.")).toBeVisible();
    await expect(page).toHaveURL(/\/setup$/);
  });

  await test.step("the right one signs in, to no projects", async () => {
    await page.getByLabel("One-time token").fill(token!);
    await page.getByRole("button", { name: "Create organization" }).click();
    await expect(page).toHaveURL(/\/organizations\/[^/]+\/projects$/);
    await expect(page.getByRole("heading", { name: "No project yet" })).toBeVisible();
    await expect(page.getByText("0 projects of Field and Sons")).toBeVisible();
  });

  await test.step("a first project", async () => {
    await page.getByRole("button", { name: "Create project" }).click();
    const dialog = page.getByRole("dialog", { name: "Create a project" });
    await dialog.getByLabel("Name").fill("Warehouse");
    await dialog.getByRole("button", { name: "Create project" }).click();
    await expect(page).toHaveURL(/\/projects\/[^/]+/);
    await expect(page.getByRole("main")).toContainText("Warehouse");
  });
  const project = page.url();

  await test.step("a restart asks for no token and keeps it all", async () => {
    started.child.kill("SIGTERM");
    expect(await ended(started.child)).toBe(0);
    const again = await launchReady(home, port);
    expect(again.output()).not.toContain("token");
    await page.goto(project);
    await expect(page.getByRole("main")).toContainText("Warehouse");
    const stranger = await browser.newPage({ baseURL });
    await stranger.goto("/setup");
    await expect(stranger).toHaveURL(/\/sign-in/);
    await signIn(stranger, owner);
    await expect(stranger.getByRole("link", { name: "Warehouse" })).toBeVisible();
    await stranger.close();
  });
  await page.close();
});
