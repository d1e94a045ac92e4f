"use client";

import { PageError } from "@/components/errors/PageError";

export default function PortalError(props: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="main">
      <PageError {...props} />
    </main>
  );
}
