import { PageSkeleton } from "@/components/ui/PageSkeleton";

export default function Loading() {
  return <PageSkeleton facts={3} heads={["What it takes", "How to restore"]} />;
}
