import { NotFoundState } from "@/components/errors/NotFoundState";

export default function NotFound() {
  return (
    <main className="main">
      <NotFoundState />
    </main>
  );
}
