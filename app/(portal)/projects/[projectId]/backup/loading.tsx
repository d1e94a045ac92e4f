import { PageSkeleton } from "@/components/ui/PageSkeleton";

export default function Loading() {
  return <PageSkeleton title="Backup" heads={["Taken", "Cluster", "UTC", "Kind", "Status", "Proven", "Data"]} />;
}
