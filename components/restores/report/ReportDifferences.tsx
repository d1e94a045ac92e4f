import { listWords, plural } from "@/components/format/numbers";
import { Icon } from "@/components/ui/Icon";
import { Section } from "@/components/ui/Section";
import type { RestoreReport } from "@/server/domain/restores/schema";

/** What is not as in the source, and by which rule; what was there before and is gone. */
export function ReportDifferences({ report }: { report: RestoreReport }) {
  const { differences, removed, target } = report;
  return (
    <Section
      id="differences"
      title="What differs from the source, and why"
      count={`${differences.length + 1}, all by rule`}
    >
      <ul className="panel list">
        <Line
          point="Users and roles"
          meaning={`are those of ${target.cluster}. They belong to the destination and are never overwritten.`}
        />
        {differences.map((one) => (
          <Line key={`${one.namespace} ${one.what}`} point={one.namespace} meaning={one.what} />
        ))}
      </ul>
      {removed.length > 0 ? (
        <p className="s12 t2">
          {plural(removed.length, "collection")} existed only on the destination and{" "}
          {removed.length === 1 ? "was" : "were"} dropped: {listWords(removed)}.
        </p>
      ) : null}
    </Section>
  );
}

function Line({ point, meaning }: { point: string; meaning: string }) {
  return (
    <li>
      <span className="lead ic-3">
        <Icon name="info" />
      </span>
      <div>
        <b>{point}</b> <span className="t2">{meaning}</span>
      </div>
    </li>
  );
}
