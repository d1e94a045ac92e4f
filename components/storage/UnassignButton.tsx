"use client";

import { useRouter } from "next/navigation";
import { reasonOf } from "@/components/access/reason";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { toast } from "@/components/ui/toast-store";
import type { Allowed } from "@/server/domain/common/schema";

interface UnassignButtonProps {
  assignmentId: string;
  words: string;
  targetName: string;
  orgId: string;
  can: Allowed;
}

export function UnassignButton({ assignmentId, words, targetName, orgId, can }: UnassignButtonProps) {
  const router = useRouter();
  const { run, busy, problem } = useAction(
    (client) => client.storage.unassign.mutate({ orgId, assignmentId }),
    () => {
      toast({ tone: "ok", title: `${words}: no longer assigned to ${targetName}` });
      router.refresh();
    },
  );
  return (
    <>
      <Button
        size="small"
        busy={busy}
        disabledReason={reasonOf(can)}
        onClick={() => run(undefined)}
        aria-label={`Take away ${words}`}
      >
        Take away
      </Button>
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </>
  );
}
