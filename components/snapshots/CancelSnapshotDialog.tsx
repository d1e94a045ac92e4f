"use client";

import { useRouter } from "next/navigation";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { toast } from "@/components/ui/toast-store";
import type { SnapshotView } from "@/server/domain/snapshots/schema";

export function CancelSnapshotDialog({ snapshot, onClose }: { snapshot: SnapshotView; onClose: () => void }) {
  const router = useRouter();
  const { run, busy, problem } = useAction(
    (client, input: { projectId: string; snapshotId: string }) => client.snapshots.cancel.mutate(input),
    () => {
      toast({ tone: "ok", title: "The snapshot is being cancelled" });
      onClose();
      router.refresh();
    },
  );
  return (
    <Dialog
      title="Cancel snapshot"
      onClose={onClose}
      onSubmit={() => run({ projectId: snapshot.projectId, snapshotId: snapshot.id })}
      footer={
        <>
          <Button onClick={onClose} data-autofocus>
            Go on
          </Button>
          <Button type="submit" kind="danger" busy={busy}>
            Cancel snapshot
          </Button>
        </>
      }
    >
      <p className="t2">
        What was read so far is thrown away. {snapshot.cluster.name} and its other snapshots are not touched.
      </p>
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </Dialog>
  );
}
