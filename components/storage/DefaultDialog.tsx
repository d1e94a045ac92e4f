"use client";

import { useRouter } from "next/navigation";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { toast } from "@/components/ui/toast-store";
import type { MenuTarget } from "./TargetMenu";

interface DefaultDialogProps {
  target: MenuTarget;
  orgId: string;
  onClose: () => void;
}

export function DefaultDialog({ target, orgId, onClose }: DefaultDialogProps) {
  const router = useRouter();
  const { run, busy, problem } = useAction(
    (client) => client.storage.makeDefault.mutate({ orgId, targetId: target.id }),
    () => {
      toast({ tone: "ok", title: `${target.name} is the default` });
      router.refresh();
      onClose();
    },
  );
  return (
    <Dialog
      title={`Make ${target.name} the default`}
      onClose={onClose}
      onSubmit={() => run(undefined)}
      footer={
        <>
          <Button onClick={onClose}>Keep default</Button>
          <Button type="submit" kind="primary" busy={busy} data-autofocus>
            Make default
          </Button>
        </>
      }
    >
      <p className="t2">
        New snapshots of every cluster without an assignment go there. The first of each cluster is a full one again,
        because nothing of it is stored there yet. Snapshots that exist stay where they are.
      </p>
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </Dialog>
  );
}
