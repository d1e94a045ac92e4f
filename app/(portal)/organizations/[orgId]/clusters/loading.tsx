import { PageSkeleton } from "@/components/ui/PageSkeleton";

export default function Loading() {
  return (
    <PageSkeleton
      title="All Clusters"
      heads={["Cluster", "Project", "Tier", "Version", "Data", "Backup", "Last snapshot"]}
    />
  );
}
