import { PageSkeleton } from "@/components/ui/PageSkeleton";

export default function Loading() {
  return (
    <PageSkeleton title="Storage" heads={["Target", "Where", "What goes there", "Stored", "Snapshots", "Last test"]} />
  );
}
