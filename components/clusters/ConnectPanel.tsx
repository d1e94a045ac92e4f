import { Command } from "@/components/ui/Command";
import { Section } from "@/components/ui/Section";
import type { ConnectInfo } from "@/server/domain/clusters/schema";

/** How a program reaches the cluster. The password is never shown: put yours where the placeholder stands. */
export function ConnectPanel({ info }: { info: ConnectInfo }) {
  return (
    <Section id="connect" title="Connect" aside="Put your own user and password where the placeholders stand">
      <Command label="Connection string" text={info.connectionString} />
      <Command label="Shell command" text={info.mongosh} />
    </Section>
  );
}
