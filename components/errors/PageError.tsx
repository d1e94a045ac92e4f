"use client";

import { useRouter } from "next/navigation";
import { startTransition } from "react";
import { Button } from "@/components/ui/Button";
import { ErrorNotice } from "./ErrorNotice";

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
      <ErrorNotice
        problem={{ code: "INTERNAL", reference: error.digest }}
        actions={
          <Button size="small" onClick={tryAgain}>
            Try again
          </Button>
        }
      />
    </>
  );
}
