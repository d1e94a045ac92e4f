"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { reasonOf } from "@/components/access/reason";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { toast } from "@/components/ui/toast-store";
import type { RestoreView } from "@/server/domain/restores/schema";

export function CancelRestore({
  restore,
  projectId,
}: {
  restore: Pick<RestoreView, "id" | "target" | "can">;
  projectId: string;
}) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const { run, busy, problem } = useAction(
    (client, input: { projectId: string; restoreId: string }) => client.restores.cancel.mutate(input),
    () => {
      toast({ tone: "ok", title: "The restore is being cancelled" });
      setOpen(false);
      router.refresh();
    },
  );
  return (
    <>
      <Button icon="x" disabledReason={reasonOf(restore.can.cancel)} onClick={() => setOpen(true)}>
        Cancel restore
      </Button>
      {open ? (
        <Dialog
          title="Cancel restore"
          onClose={() => setOpen(false)}
          onSubmit={() => run({ projectId, restoreId: restore.id })}
          footer={
            <>
              <Button onClick={() => setOpen(false)} data-autofocus>
                Go on restoring
              </Button>
              <Button type="submit" kind="danger" busy={busy}>
                Cancel restore
              </Button>
            </>
          }
        >
          <p className="t2">
            The staging data is removed, then writes to {restore.target.cluster.name} are let in again. It is then as it
            was before the restore.
          </p>
          {problem ? <LazyErrorNotice problem={problem} /> : null}
        </Dialog>
      ) : null}
    </>
  );
}
