"use client";

import { useRouter } from "next/navigation";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { storagePath } from "@/components/format/addresses";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { toast } from "@/components/ui/toast-store";
import type { MenuTarget } from "./TargetMenu";

interface RemoveTargetDialogProps {
  target: MenuTarget;
  orgId: string;
  onClose: () => void;
}

export function RemoveTargetDialog({ target, orgId, onClose }: RemoveTargetDialogProps) {
  const router = useRouter();
  const { run, busy, problem } = useAction(
    (client) => client.storage.remove.mutate({ orgId, targetId: target.id }),
    () => {
      toast({ tone: "ok", title: `${target.name} is removed` });
      onClose();
      router.push(storagePath(orgId));
      router.refresh();
    },
  );
  return (
    <Dialog
      title={`Remove ${target.name}`}
      onClose={onClose}
      onSubmit={() => run(undefined)}
      footer={
        <>
          <Button onClick={onClose} data-autofocus>
            Keep target
          </Button>
          <Button type="submit" kind="danger" busy={busy}>
            Remove target
          </Button>
        </>
      }
    >
      <p className="t2">
        Holdfast forgets where it is, its credentials and what was assigned to it. No snapshot is lost: a target that
        still holds any is not removed. What lies at <span className="m wrap">{target.place}</span> is not touched; you
        can delete it there.
      </p>
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </Dialog>
  );
}
