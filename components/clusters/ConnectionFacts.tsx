import { formatBytes } from "@/components/format/bytes";
import { listWords, plural } from "@/components/format/numbers";
import { Icon } from "@/components/ui/Icon";
import type { ConnectionFacts as Facts } from "@/server/domain/clusters/schema";

const TOPOLOGIES = {
  replicaSet: "Replica set",
  standalone: "Single server, no replica set",
  sharded: "Sharded",
} as const;

interface Line {
  good: boolean;
  point: string;
  meaning: string;
}

/** What the look at a server found, and what each point means for backups. */
export function ConnectionFacts({ facts }: { facts: Facts }) {
  return (
    <ul className="panel list" aria-label="What the test found">
      {linesOf(facts).map((line) => (
        <li key={line.point}>
          <span className={line.good ? "lead ic-ok" : "lead ic-warn"}>
            <Icon name={line.good ? "check" : "triangle-alert"} />
          </span>
          <div>
            <b>{line.point}</b> <span className="t2">{line.meaning}</span>
          </div>
        </li>
      ))}
    </ul>
  );
}

function linesOf(facts: Facts): Line[] {
  const { supports, missingPrivileges } = facts;
  const set = facts.replicaSetName ? ` ${facts.replicaSetName}` : "";
  const lines: Line[] = [
    {
      good: true,
      point: `MongoDB ${facts.mongoDBVersion}.`,
      meaning: `Feature compatibility ${facts.fcv}, ${facts.fcvPinned ? "pinned" : "not pinned"}.`,
    },
    {
      good: facts.topology === "replicaSet",
      point: `${TOPOLOGIES[facts.topology]}${set}.`,
      meaning: `${listWords(facts.hosts)}${sizeOf(facts)}.`,
    },
    {
      good: missingPrivileges.length === 0,
      point: missingPrivileges.length === 0 ? "The user has every privilege." : "Privileges are missing.",
      meaning: missingPrivileges.length === 0 ? "Backups and restores both work." : `${listWords(missingPrivileges)}.`,
    },
    {
      good: supports.snapshotReads,
      point: supports.snapshotReads ? "It can be read at one moment." : "It cannot be read at one moment.",
      meaning: supports.snapshotReads ? "Snapshots are consistent." : "Snapshots are marked as not consistent.",
    },
    {
      good: supports.writeBlock,
      point: supports.writeBlock ? "It can block writes." : "It cannot block writes.",
      meaning: supports.writeBlock
        ? "Clients get UserWritesBlocked during a restore."
        : "Before a restore into it you decide whether clients may write meanwhile.",
    },
  ];
  if (!facts.authorizationEnabled) {
    lines.push({
      good: false,
      point: "Authorization is off.",
      meaning: "Anybody who reaches the server may write, also past a write block.",
    });
  }
  if (facts.sameServerAs) {
    lines.push({
      good: false,
      point: `It is the same server as ${facts.sameServerAs}.`,
      meaning: "The two share one restore lock.",
    });
  }
  return lines;
}

function sizeOf(facts: Facts): string {
  if (facts.dataBytes === null) return "";
  const documents = facts.documents === null ? "" : ` in ${plural(facts.documents, "document")}`;
  return `, ${formatBytes(facts.dataBytes)}${documents}`;
}
