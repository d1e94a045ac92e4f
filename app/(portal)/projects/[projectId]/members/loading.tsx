import { PageSkeleton } from "@/components/ui/PageSkeleton";

export default function Loading() {
  return <PageSkeleton title="Members" heads={["Person", "Roles", "From", "Restore here", "Last seen"]} />;
}
