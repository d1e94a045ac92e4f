"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { reasonOf } from "@/components/access/reason";
import { Button } from "@/components/ui/Button";
import type { ClusterDetail } from "@/server/domain/clusters/schema";

const TerminateDialog = dynamic(() => import("./TerminateDialog").then((module) => module.TerminateDialog), {
  ssr: false,
});

export function DangerZone({ cluster }: { cluster: ClusterDetail }) {
  const [open, setOpen] = useState(false);
  const external = cluster.deploymentKind === "EXTERNAL";
  return (
    <section className="sec" aria-labelledby="danger">
      <div className="sec-h">
        <h2 id="danger">Danger zone</h2>
      </div>
      <ul className="panel list">
        <li>
          <div>
            <b>{external ? "Disconnect" : "Terminate"} this cluster</b>{" "}
            <span className="t2">
              {external
                ? "Holdfast forgets its connection string. The server and its data are not touched."
                : "Its data is deleted at once. Snapshots can be kept."}
            </span>
          </div>
          <Button size="small" disabledReason={reasonOf(cluster.can.delete)} onClick={() => setOpen(true)}>
            {external ? "Disconnect cluster" : "Terminate cluster"}
          </Button>
        </li>
      </ul>
      {open ? <TerminateDialog cluster={cluster} onClose={() => setOpen(false)} /> : null}
    </section>
  );
}
