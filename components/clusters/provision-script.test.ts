import { expect, it } from "vitest";
import { provisionUserScript } from "@/server/deployments/provision-user";
import { PROVISION_SCRIPT } from "./provision-script";

it("shows the script that the deployments floor defines", () => {
  expect(PROVISION_SCRIPT).toBe(provisionUserScript());
});
