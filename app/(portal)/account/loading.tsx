import { PageSkeleton } from "@/components/ui/PageSkeleton";

export default function Loading() {
  return (
    <main className="main">
      <PageSkeleton title="Account" heads={["Session", "Last seen"]} />
    </main>
  );
}
