import { PageSkeleton } from "@/components/ui/PageSkeleton";

export default function Loading() {
  return <PageSkeleton facts={4} heads={["Cluster", "State", "Last snapshot", "Last proven restore", "Data"]} />;
}
