"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { formatBytes } from "@/components/format/bytes";
import { formatCount, plural } from "@/components/format/numbers";
import { projectPath } from "@/components/format/addresses";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { ChoiceCard } from "@/components/ui/ChoiceCard";
import { ConfirmName } from "@/components/ui/ConfirmName";
import { Dialog } from "@/components/ui/Dialog";
import { Icon } from "@/components/ui/Icon";
import { toast } from "@/components/ui/toast-store";
import type { ClusterDetail } from "@/server/domain/clusters/schema";

/** Facts, what stays, the typed name. The safe button has the focus when it opens. */
export function TerminateDialog({ cluster, onClose }: { cluster: ClusterDetail; onClose: () => void }) {
  const router = useRouter();
  const [typedName, setTypedName] = useState("");
  const [retainSnapshots, setRetainSnapshots] = useState(true);
  const external = cluster.deploymentKind === "EXTERNAL";
  const verb = external ? "Disconnect" : "Terminate";
  const { run, busy, problem } = useAction(
    (client, input: { projectId: string; clusterId: string; typedName: string; retainSnapshots: boolean }) =>
      client.clusters.delete.mutate(input),
    () => {
      toast({
        tone: "ok",
        title: external ? `${cluster.name} is disconnected` : `${cluster.name} is being terminated`,
      });
      router.push(projectPath(cluster.project.id, "clusters"));
      router.refresh();
    },
  );

  return (
    <Dialog
      title={`${verb} ${cluster.name}`}
      onClose={onClose}
      onSubmit={() => run({ projectId: cluster.project.id, clusterId: cluster.id, typedName, retainSnapshots })}
      footer={
        <>
          <Button onClick={onClose} data-autofocus>
            Keep cluster
          </Button>
          <Button
            type="submit"
            kind="danger"
            busy={busy}
            disabledReason={typedName === cluster.name ? undefined : "Waits for the name of the cluster."}
          >
            {verb} cluster
          </Button>
        </>
      }
    >
      <p className="t2">
        {external
          ? "Holdfast forgets the connection string. The server goes on as it is."
          : `Its ${cluster.dataBytes === null ? "data is" : `${formatBytes(cluster.dataBytes)} of data are`} deleted at once. This cannot be undone.`}
      </p>
      <ul className="panel list">
        <li>
          <span className="lead ic-bad">
            <Icon name="trash-2" />
          </span>
          <div>{cluster.documents === null ? "All documents" : plural(cluster.documents, "document")}</div>
        </li>
        <li>
          <span className={cluster.lastProven ? "lead ic-ok" : "lead ic-warn"}>
            <Icon name={cluster.lastProven ? "proven" : "triangle-alert"} />
          </span>
          <div>
            {cluster.lastProven ? "A restore of its data was proven" : "No restore of its data was ever proven"}
            <span className="sub">{formatCount(cluster.snapshotCount)} snapshots are stored</span>
          </div>
        </li>
      </ul>
      <ChoiceCard
        type="checkbox"
        title="Keep existing snapshots"
        checked={retainSnapshots}
        onChange={(event) => setRetainSnapshots(event.target.checked)}
      >
        They stay until each expires, and can be restored into another cluster.
      </ChoiceCard>
      <ConfirmName label={`Type ${cluster.name}`} name={cluster.name} onChange={setTypedName} />
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </Dialog>
  );
}
