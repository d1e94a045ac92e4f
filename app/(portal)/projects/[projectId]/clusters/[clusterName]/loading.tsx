import { PageSkeleton } from "@/components/ui/PageSkeleton";

export default function Loading() {
  return <PageSkeleton facts={5} heads={["Name", "Value"]} />;
}
