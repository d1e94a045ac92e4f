import { Command } from "@/components/ui/Command";
import { Notice } from "@/components/ui/Notice";
import { Section } from "@/components/ui/Section";
import { tierName } from "./health";
import type { DumpCommands } from "@/server/domain/clusters/schema";

/** The Backup tab of a cluster that has no backups: how to make and bring back a dump by hand. */
export function DumpPanel({ commands, tier }: { commands: DumpCommands; tier: string }) {
  return (
    <>
      <Notice icon="info">
        <b>{tierName(tier)} clusters have no backups here.</b> {commands.note}
      </Notice>
      <Section id="archive" title="Into one compressed file">
        <Command label="Dump command, one file" text={commands.dumpArchive} />
        <Command label="Restore command, one file" text={commands.restoreArchive} />
      </Section>
      <Section id="folder" title="Into a folder">
        <Command label="Dump command, folder" text={commands.dump} />
        <Command label="Restore command, folder" text={commands.restore} />
      </Section>
    </>
  );
}
