"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { reasonOf } from "@/components/access/reason";
import { Button } from "@/components/ui/Button";
import type { ClusterDetail } from "@/server/domain/clusters/schema";

const ReconnectDialog = dynamic(() => import("./ReconnectDialog").then((module) => module.ReconnectDialog), {
  ssr: false,
});

/** Puts another connection string in place of the one that is kept, or of none. */
export function Reconnect({ cluster, primary = false }: { cluster: ClusterDetail; primary?: boolean }) {
  const [open, setOpen] = useState(false);
  const label = cluster.health === "notConnected" ? "Connect again" : "Change connection";
  return (
    <>
      <Button
        size="small"
        kind={primary ? "primary" : undefined}
        disabledReason={reasonOf(cluster.can.update)}
        onClick={() => setOpen(true)}
      >
        {label}
      </Button>
      {open ? <ReconnectDialog cluster={cluster} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
