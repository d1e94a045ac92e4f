import { PageSkeleton } from "@/components/ui/PageSkeleton";

export default function Loading() {
  return <PageSkeleton title="Clusters" heads={["Cluster", "State", "Last snapshot", "Last proven restore", "Data"]} />;
}
