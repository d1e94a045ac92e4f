import { ExactTime } from "@/components/ui/ExactTime";
import { Icon } from "@/components/ui/Icon";
import { RelativeTime } from "@/components/ui/RelativeTime";
import { StateBadge } from "@/components/ui/StateBadge";
import { TableHead } from "@/components/ui/TableHead";
import type { ActivityView } from "@/server/domain/activity/schema";
import { detailWords } from "./detail-words";

const OUTCOMES = {
  DONE: { icon: "check", tone: "ok", badge: null },
  REFUSED: { icon: "ban", tone: "warn", badge: { state: "attention", word: "Refused" } },
  FAILED: { icon: "octagon-x", tone: "bad", badge: { state: "failed", word: "Failed" } },
} as const;

/** Who did what, from where, when; refusals and failures stand out. */
export function ActivityList({
  entries,
  showProject = false,
}: {
  entries: readonly ActivityView[];
  showProject?: boolean;
}) {
  return (
    <table className="stack table">
      <TableHead columns={["What", "Who", "On", "When", "UTC", { num: "Entry" }]} />
      <tbody>
        {entries.map((entry) => {
          const outcome = OUTCOMES[entry.outcome];
          return (
            <tr key={entry.id}>
              <td>
                <span className="row top">
                  <span className={`ic-${outcome.tone} mt-0.5 flex`}>
                    <Icon name={outcome.icon} />
                  </span>
                  <span className="min-w-0">
                    <b>{entry.title}</b>{" "}
                    {outcome.badge ? <StateBadge state={outcome.badge.state}>{outcome.badge.word}</StateBadge> : null}
                    <Details entry={entry} />
                  </span>
                </span>
              </td>
              <td data-l="Who">
                {entry.actor.name}
                <span className="sub">{fromWhere(entry)}</span>
              </td>
              <td data-l="On">
                {entry.cluster?.name ?? (
                  <span className="t3">{showProject ? (entry.project?.name ?? "Organization") : "Project"}</span>
                )}
                {showProject && entry.cluster && entry.project ? (
                  <span className="sub">{entry.project.name}</span>
                ) : null}
              </td>
              <td data-l="When">
                <RelativeTime at={entry.at} />
              </td>
              <td data-l="UTC" className="t2">
                <ExactTime at={entry.at} />
              </td>
              <td className="num t3 lo" data-l="Entry" title={entry.hash}>
                {entry.sequence}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function fromWhere({ actor, ip }: ActivityView): string {
  const what = { USER: "", API_KEY: "API key", SYSTEM: "" }[actor.type];
  return [what, ip ? `from ${ip}` : ""].filter(Boolean).join(", ");
}

function Details({ entry }: { entry: ActivityView }) {
  if (entry.details.length === 0) return null;
  return <span className="sub">{entry.details.map(detailWords).join(", ")}</span>;
}
