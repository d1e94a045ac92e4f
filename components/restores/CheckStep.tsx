import { newRestorePath } from "@/components/format/addresses";
import { plural } from "@/components/format/numbers";
import { RefreshOnFocus } from "@/components/ui/RefreshOnFocus";
import { RelativeTime } from "@/components/ui/RelativeTime";
import { Section } from "@/components/ui/Section";
import type { RestoreCheckView } from "@/server/domain/restores/schema";
import { checkCounts, stoppedBy } from "./check-words";
import { CheckList } from "./CheckList";
import { ConfirmRestore } from "./ConfirmRestore";
import { Consequences } from "./Consequences";
import { FromTo } from "./FromTo";
import { RestoreEstimate } from "./RestoreEstimate";

/** The wizard's last step: what was checked, what will happen, the typed name. */
export function CheckStep({ view }: { view: RestoreCheckView }) {
  const { source, target, checks } = view;
  const changed = {
    source: newRestorePath(source.project.id, { cluster: source.cluster.name }),
    target: newRestorePath(source.project.id, { cluster: source.cluster.name, snapshot: source.snapshotId }),
  };
  return (
    <>
      <RefreshOnFocus />
      <FromTo view={view} changeSource={changed.source} changeTarget={changed.target} />
      <div className="cols wide-l">
        <div className="sec loose">
          <Section
            id="checks"
            title="Checks"
            count={checkCounts(checks)}
            aside={
              <>
                Read from the server <RelativeTime at={view.checkedAt} />. Checked again just before the lock.
              </>
            }
          >
            <CheckList checks={checks} />
          </Section>
          {view.consequences.length > 0 ? (
            <Consequences consequences={view.consequences} target={target.cluster.name} />
          ) : null}
        </div>
        <div className="sec loose">
          <RestoreEstimate view={view} />
          <ConfirmRestore
            choice={{
              projectId: source.project.id,
              snapshotId: source.snapshotId,
              targetProjectId: target.project.id,
              targetClusterId: target.cluster.id,
            }}
            targetName={target.cluster.name}
            summary={summaryOf(view)}
            stopped={view.possible ? null : stoppedBy(checks)}
            needsAcceptUnblocked={view.needsAcceptUnblocked}
          />
          <p className="s12 t2 ruled">
            This page has its own address; someone with the role can open it and start the same restore.
          </p>
        </div>
      </div>
    </>
  );
}

function summaryOf({ consequences, target }: RestoreCheckView): string {
  const count = (action: string) => consequences.filter((one) => one.action === action).length;
  const parts = [
    `replaces ${plural(count("replaced"), "collection")}`,
    count("created") > 0 ? `creates ${count("created")}` : null,
    count("dropped") > 0 ? `drops ${count("dropped")}` : null,
  ].filter((part) => part !== null);
  return `This ${parts.join(", ")} in ${target.cluster.name}. The run ends with a proof: what was written is read back and both roots are compared.`;
}
