import { reasonOf } from "@/components/access/reason";
import { EmptyState } from "@/components/ui/EmptyState";
import type { ProjectView } from "@/server/domain/projects/schema";
import { JoinProject } from "./JoinProject";

/** Whether the reader stands outside the project: sees that it is there, and has no backup rights in it. */
export function isOutside(project: ProjectView): boolean {
  return !project.can.readClusters.allowed || (!project.isMember && project.can.join.allowed);
}

/** A project that the reader knows of but may not look into: why, and the way in. */
export function ProjectRefused({ project }: { project: ProjectView }) {
  return (
    <EmptyState
      icon="lock"
      level={1}
      title={`You are not a member of ${project.name}`}
      actions={project.can.join.allowed ? <JoinProject project={project} /> : undefined}
    >
      {reasonOf(project.can.readClusters) ?? "Its snapshots and restores are for its members."}{" "}
      {project.can.join.allowed
        ? "As Organization Owner you can add yourself; its members see that in the activity."
        : ""}
    </EmptyState>
  );
}
