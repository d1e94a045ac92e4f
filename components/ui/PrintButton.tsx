"use client";

import { Button } from "./Button";

export function PrintButton({ children }: { children: string }) {
  return (
    <Button icon="printer" onClick={() => window.print()}>
      {children}
    </Button>
  );
}
