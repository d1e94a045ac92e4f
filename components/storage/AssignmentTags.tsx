import { Tag } from "@/components/ui/Tag";
import type { AssignmentView, TargetView } from "@/server/domain/storage/schema";
import { PROVIDER_WORDS, regionWords } from "./storage-words";

/** "AWS eu-central-1 of Checkout" */
export function assignmentWords({ project, cloudProvider, region }: AssignmentView): string {
  const place = region === null ? `${PROVIDER_WORDS[cloudProvider]}, any region` : placeWords(cloudProvider, region);
  return `${place}, ${project ? project.name : "all projects"}`;
}

function placeWords(cloudProvider: AssignmentView["cloudProvider"], region: string): string {
  return `${PROVIDER_WORDS[cloudProvider]} ${regionWords(region)}`;
}

/** What goes to a target, in a cell. */
export function AssignmentTags({ target }: { target: TargetView }) {
  const { assignments, hiddenAssignments, isDefault } = target;
  const nothing = assignments.length + hiddenAssignments === 0;
  return (
    <span className="tags">
      {assignments.map((one) => (
        <Tag key={one.id}>{assignmentWords(one)}</Tag>
      ))}
      {hiddenAssignments > 0 ? <Tag>{hiddenAssignments} more, of projects you do not see</Tag> : null}
      {isDefault ? <Tag>All without an assignment</Tag> : nothing ? <span className="t3">Nothing yet</span> : null}
    </span>
  );
}
