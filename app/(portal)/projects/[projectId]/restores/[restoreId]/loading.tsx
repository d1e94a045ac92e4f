import { PageSkeleton } from "@/components/ui/PageSkeleton";

export default function Loading() {
  return <PageSkeleton facts={4} heads={["Collection", "Progress", "Loaded", "Of", "Documents"]} />;
}
