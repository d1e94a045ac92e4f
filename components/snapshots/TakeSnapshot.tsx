"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { reasonOf } from "@/components/access/reason";
import { Button } from "@/components/ui/Button";
import type { Allowed } from "@/server/domain/common/schema";

const TakeSnapshotDialog = dynamic(() => import("./TakeSnapshotDialog").then((module) => module.TakeSnapshotDialog), {
  ssr: false,
});

/** A cluster that a snapshot can be taken of, or why not. */
export interface SnapshotSource {
  id: string;
  name: string;
  can: Allowed;
}

interface TakeSnapshotProps {
  projectId: string;
  /** One for a cluster's page; several let the reader choose. */
  clusters: readonly SnapshotSource[];
  can: Allowed;
  kind?: "plain" | "primary";
}

export function TakeSnapshot({ projectId, clusters, can, kind = "plain" }: TakeSnapshotProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon="camera" kind={kind} disabledReason={reasonOf(can)} onClick={() => setOpen(true)}>
        Take snapshot
      </Button>
      {open ? <TakeSnapshotDialog projectId={projectId} clusters={clusters} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
