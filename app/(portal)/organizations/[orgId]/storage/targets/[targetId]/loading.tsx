import { PageSkeleton } from "@/components/ui/PageSkeleton";

export default function Loading() {
  return <PageSkeleton facts={5} heads={["Cluster", "Project", "Snapshots", "They added"]} />;
}
