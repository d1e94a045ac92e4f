import { Command } from "@/components/ui/Command";
import { PROVISION_SCRIPT } from "./provision-script";

export function DatabaseUserHelp() {
  return (
    <details className="more">
      <summary>The database user that Holdfast needs</summary>
      <Command label="Script for the database user" text={PROVISION_SCRIPT} />
    </details>
  );
}
