"use client";

import { useRouter } from "next/navigation";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { clusterBackupPath } from "@/components/format/addresses";
import { utcLong } from "@/components/format/times";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { toast } from "@/components/ui/toast-store";
import type { SnapshotView } from "@/server/domain/snapshots/schema";

export function DeleteSnapshotDialog({ snapshot, onClose }: { snapshot: SnapshotView; onClose: () => void }) {
  const router = useRouter();
  const { run, busy, problem } = useAction(
    (client, input: { projectId: string; snapshotId: string }) => client.snapshots.delete.mutate(input),
    () => {
      toast({ tone: "ok", title: "The snapshot is deleted" });
      onClose();
      router.push(clusterBackupPath(snapshot.projectId, snapshot.cluster.name));
      router.refresh();
    },
  );
  return (
    <Dialog
      title="Delete snapshot"
      onClose={onClose}
      onSubmit={() => run({ projectId: snapshot.projectId, snapshotId: snapshot.id })}
      footer={
        <>
          <Button onClick={onClose} data-autofocus>
            Keep snapshot
          </Button>
          <Button type="submit" kind="danger" busy={busy}>
            Delete snapshot
          </Button>
        </>
      }
    >
      <p className="t2">
        The snapshot of {snapshot.cluster.name} of {utcLong(snapshot.createdAt)} can then no longer be restored. This
        cannot be undone. The cluster and its other snapshots stay as they are.
      </p>
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </Dialog>
  );
}
