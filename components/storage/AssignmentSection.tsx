import { Icon } from "@/components/ui/Icon";
import { Section } from "@/components/ui/Section";
import type { TargetDetail } from "@/server/domain/storage/schema";
import { AssignButton } from "./AssignButton";
import { assignmentWords } from "./AssignmentTags";
import { UnassignButton } from "./UnassignButton";

/** Which snapshots go to a target, rule by rule. */
export function AssignmentSection({ target, orgId }: { target: TargetDetail; orgId: string }) {
  const { id, name, projects, can, assignments, hiddenAssignments, isDefault } = target;
  return (
    <Section
      id="assigned"
      title="What goes there"
      aside={<AssignButton target={{ id, name, projects, can }} orgId={orgId} />}
    >
      <ul className="panel list">
        {assignments.map((one) => (
          <li key={one.id}>
            <span className="lead">
              <Icon name="arrow-right" />
            </span>
            <div>
              <b>{assignmentWords(one)}</b>
              <span className="sub">New snapshots of clusters there.</span>
            </div>
            <UnassignButton
              assignmentId={one.id}
              words={assignmentWords(one)}
              targetName={name}
              orgId={orgId}
              can={can.assign}
            />
          </li>
        ))}
        {hiddenAssignments > 0 ? (
          <li>
            <span className="lead">
              <Icon name="lock" />
            </span>
            <div className="t2">{hiddenAssignments} more, of projects that you do not see.</div>
          </li>
        ) : null}
        {isDefault ? (
          <li>
            <span className="lead">
              <Icon name="check" />
            </span>
            <div>
              <b>All without an assignment</b>
              <span className="sub">It is the default: new snapshots of clusters that no assignment fits.</span>
            </div>
          </li>
        ) : null}
        {!isDefault && assignments.length + hiddenAssignments === 0 ? (
          <li>
            <span className="lead">
              <Icon name="minus" />
            </span>
            <div className="t2">
              No snapshot goes there yet. Assign a provider and region to it, or make it the default.
            </div>
          </li>
        ) : null}
      </ul>
    </Section>
  );
}
