import { formatBytes } from "@/components/format/bytes";
import { formatCount, percentOf, percentWords, plural } from "@/components/format/numbers";
import { Meter } from "@/components/ui/Meter";
import { Section } from "@/components/ui/Section";
import { TableHead } from "@/components/ui/TableHead";
import type { RunView } from "@/server/domain/runs/schema";

/** Each collection's own progress, largest first. */
export function RunCollections({ run, verb }: { run: RunView; verb: string }) {
  const { done, running, waiting } = run.collectionCounts;
  const total = done + running + waiting;
  const verbHead = verb.charAt(0).toUpperCase() + verb.slice(1);
  return (
    <Section id="collections" title="Collections" count={`${done} ${verb}, ${running} running, ${waiting} waiting`}>
      <div className="panel">
        <table className="stack table">
          <TableHead columns={["Collection", "Progress", { num: verbHead }, { num: "Of" }, { num: "Documents" }]} />
          <tbody>
            {run.collections.map((one) => {
              const percent = percentOf(one.doneDocuments, one.totalDocuments);
              const complete = one.doneDocuments >= one.totalDocuments;
              const shown = complete ? 100 : percent;
              return (
                <tr key={one.name} className={one.doneDocuments === 0 && !complete ? "dim" : undefined}>
                  <td className="m">{one.name}</td>
                  <td data-l="Progress" className="progress">
                    <span className="row">
                      <Meter label={one.name} percent={shown} done={complete} />
                      <span className="s12 t2 percent">{percentWords(shown)}</span>
                    </span>
                  </td>
                  <td className="num" data-l="Done">
                    {formatBytes(one.doneBytes)}
                  </td>
                  <td className="num lo" data-l="Of">
                    {formatBytes(one.totalBytes)}
                  </td>
                  <td className="num" data-l="Documents">
                    {formatCount(one.doneDocuments)}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
        {total > run.collections.length ? (
          <div className="pager">
            <span>
              Largest first, {run.collections.length} of {plural(total, "collection")}
            </span>
          </div>
        ) : null}
      </div>
    </Section>
  );
}
