import { PageSkeleton } from "@/components/ui/PageSkeleton";

export default function Loading() {
  return <PageSkeleton facts={4} heads={["Taken", "UTC", "Kind", "Status", "Proven", "Data"]} />;
}
