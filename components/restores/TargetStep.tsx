import { reasonOf } from "@/components/access/reason";
import { tierLine } from "@/components/clusters/health";
import { newRestorePath } from "@/components/format/addresses";
import { formatBytes } from "@/components/format/bytes";
import { Button, LinkButton } from "@/components/ui/Button";
import { Notice } from "@/components/ui/Notice";
import { Section } from "@/components/ui/Section";
import { Tag } from "@/components/ui/Tag";
import type { RestoreTarget, TargetsView } from "@/server/domain/restores/schema";

interface TargetStepProps {
  view: TargetsView;
  projectId: string;
  snapshotId: string;
  clusterName: string;
}

/** The wizard's second step: where to. Clusters that cannot be chosen say why. */
export function TargetStep({ view, projectId, snapshotId, clusterName }: TargetStepProps) {
  return (
    <>
      {view.projects.map((project) => {
        const targets = view.targets.filter((target) => target.project.id === project.id);
        const reason = reasonOf(project.can);
        return (
          <Section
            key={project.id}
            id={`project-${project.id}`}
            title={project.name}
            count={targets.length || undefined}
          >
            {reason ? (
              <Notice icon="lock">
                <b>You cannot restore into {project.name}.</b> {reason}
              </Notice>
            ) : (
              <TargetList
                targets={targets}
                hrefOf={(target) =>
                  newRestorePath(projectId, {
                    cluster: clusterName,
                    snapshot: snapshotId,
                    targetProject: project.id,
                    target: target.cluster.id,
                  })
                }
              />
            )}
          </Section>
        );
      })}
    </>
  );
}

function TargetList({
  targets,
  hrefOf,
}: {
  targets: readonly RestoreTarget[];
  hrefOf: (target: RestoreTarget) => string;
}) {
  if (targets.length === 0) return <p className="t3">No cluster in this project.</p>;
  return (
    <ul className="panel list">
      {targets.map((target) => {
        const reason = reasonOf(target.can);
        const label = `Choose ${target.cluster.name}`;
        return (
          <li key={target.cluster.id}>
            <div>
              <b>{target.cluster.name}</b> {target.isSource ? <Tag>the source itself</Tag> : null}
              <span className="sub">
                {tierLine(target)}
                {target.dataBytes === null ? "" : `, ${formatBytes(target.dataBytes)} in it now`}
              </span>
              {reason ? <span className="sub">{reason}</span> : null}
            </div>
            {reason ? (
              <Button size="small" disabledReason={reason} aria-label={label}>
                Choose
              </Button>
            ) : (
              <LinkButton size="small" href={hrefOf(target)} aria-label={label}>
                Choose
              </LinkButton>
            )}
          </li>
        );
      })}
    </ul>
  );
}
