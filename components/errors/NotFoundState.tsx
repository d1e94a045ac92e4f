import { LinkButton } from "@/components/ui/Button";
import { EmptyState } from "@/components/ui/EmptyState";

/** The same page for a wrong address and for a project you do not belong to. */
export function NotFoundState() {
  return (
    <EmptyState
      icon="search"
      title="There is nothing here for you"
      level={1}
      actions={<LinkButton href="/projects">Go to your projects</LinkButton>}
    >
      The address may be wrong, the thing may be gone, or you may not belong to its project.
    </EmptyState>
  );
}
