import { expect, type Page } from "@playwright/test";
import type { Demo } from "../portal/demo";

/** Signs in through the form, as a person would, and waits for the portal. */
export async function signIn(page: Page, person: Pick<Demo["users"][number], "email" | "password">): Promise<void> {
  await page.goto("/sign-in");
  const form = page.getByRole("form", { name: "Sign in" });
  await form.getByLabel("Email").fill(person.email);
  await form.getByLabel("Password").fill(person.password);
  await form.getByRole("button", { name: "Sign in" }).click();
  await expect(page).not.toHaveURL(/sign-in/);
}
