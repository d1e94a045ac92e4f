"use client";

import { useRouter } from "next/navigation";
import { startTransition } from "react";
import { Notice } from "@/components/ui/Notice";

/** The look of every error.tsx: a page that could not be made. Its digest is in the server's log. */
export function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const router = useRouter();

  function tryAgain() {
    startTransition(() => {
      router.refresh();
      reset();
    });
  }

  return (
    <>
      <h1>This page could not be made</h1>
      <Notice tone="bad" role="alert">
        <b>Something went wrong on our side.</b> Snapshots, clusters and running restores are not affected. Try again;
        if it comes back, quote the number.
        <span className="row mt-2 flex-wrap">
          <button type="button" className="btn small" onClick={tryAgain}>
            Try again
          </button>
          {error.digest ? <span className="push id">{error.digest}</span> : null}
        </span>
      </Notice>
    </>
  );
}
