import type { ReactNode } from "react";
import { formatCount } from "@/components/format/numbers";
import { utcExact, utcLong } from "@/components/format/times";
import { Id } from "@/components/ui/Id";
import { Section } from "@/components/ui/Section";
import type { RestoreReport } from "@/server/domain/restores/schema";
import { shortHash } from "./report-words";

/** What was restored; who asked for it, allowed by what, and when it ran. */
export function ReportOrigin({ report }: { report: RestoreReport }) {
  const { source, target, who } = report;
  return (
    <div className="cols">
      <Section id="what" title={report.outcome === "proven" ? "What was restored" : "What was to be restored"}>
        <Pairs
          pairs={[
            ["Source", `${source.cluster} in ${source.project}${version(source.mongoDBVersion)}`],
            ["Moment", source.dataAt ? utcExact(new Date(source.dataAt)) : "Not known"],
            ["Snapshot", <Id key="id" id={source.snapshotId} what="snapshot id" />],
            ["Destination", `${target.cluster} in ${target.project}${version(target.mongoDBVersion)}`],
            ["Plan", "Full load: loaded beside the old data, proven there, then swapped"],
            [
              "Consistent",
              source.consistent
                ? "Yes, one moment for all collections"
                : "May not be: the source could not give one moment",
            ],
          ]}
        />
      </Section>
      <Section id="who" title="Who and when">
        <Pairs
          pairs={[
            [
              "Asked by",
              `${who.requestedBy ?? "Unknown"}, ${utcLong(new Date(who.requestedAt))}, typed “${who.typedName}”`,
            ],
            ["Allowed by", who.allowedBy.map(({ project, roles }) => `${roles.join(", ")} (${project})`).join("; ")],
            [
              "Ran on",
              `${who.worker}, ${utcExact(new Date(who.startedAt)).slice(11, 19)} to ${utcExact(new Date(who.finishedAt)).slice(11)}`,
            ],
            ["Attempts", formatCount(who.attempts)],
            ["In the activity", activityWords(who)],
          ]}
        />
      </Section>
    </div>
  );
}

const version = (words: string | null) => (words ? `, MongoDB ${words}` : "");

function activityWords(who: RestoreReport["who"]): string {
  if (who.activitySequence === null) return "Not known";
  return `Entry ${formatCount(who.activitySequence)}${who.activityHash ? `, ${shortHash(who.activityHash)}` : ""}`;
}

function Pairs({ pairs }: { pairs: ReadonlyArray<readonly [string, ReactNode]> }) {
  return (
    <dl className="panel panel-b kv">
      {pairs.map(([name, value]) => (
        <div key={name} className="contents">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
