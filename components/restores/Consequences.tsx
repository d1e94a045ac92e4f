import { formatCount, plural } from "@/components/format/numbers";
import { Section } from "@/components/ui/Section";
import { TableHead } from "@/components/ui/TableHead";
import type { Consequence } from "@/server/domain/restores/schema";

const WORDS = {
  replaced: { what: "Replaced", why: "The snapshot has it" },
  created: { what: "Created", why: "Only the snapshot has it" },
  dropped: { what: "Dropped", why: "The snapshot does not have it" },
} as const;

const SHOWN = 50;

/** What will happen to each collection of the destination: what goes first. */
export function Consequences({ consequences, target }: { consequences: readonly Consequence[]; target: string }) {
  const order = { dropped: 0, replaced: 1, created: 2 } as const;
  const sorted = consequences.toSorted((a, b) => order[a.action] - order[b.action]);
  const hidden = sorted.length - SHOWN;
  return (
    <Section id="consequences" title={`What will happen to ${target}`} aside="By full load">
      <div className="panel">
        <table className="stack table">
          <TableHead columns={["Collection", "What happens", { num: "Documents now" }, { num: "After" }, "Why"]} />
          <tbody>
            {sorted.slice(0, SHOWN).map((one) => (
              <tr key={one.namespace}>
                <td className="m">{one.namespace}</td>
                <td data-l="What happens">
                  <b className={one.action === "dropped" ? "ic-bad" : undefined}>{WORDS[one.action].what}</b>
                </td>
                <td className="num" data-l="Documents now">
                  {one.documentsNow === null ? null : formatCount(one.documentsNow)}
                </td>
                <td className="num" data-l="After">
                  {one.documentsAfter === null ? null : formatCount(one.documentsAfter)}
                </td>
                <td data-l="Why" className="t2">
                  {WORDS[one.action].why}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {hidden > 0 ? <div className="pager">and {plural(hidden, "more collection", "more collections")}</div> : null}
      </div>
      <p className="s12 t2">
        Users, roles and system databases of {target} stay. Indexes, validators and views come from the snapshot.
      </p>
    </Section>
  );
}
