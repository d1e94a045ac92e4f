"use client";

import { useRouter } from "next/navigation";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { toast } from "@/components/ui/toast-store";
import { removeMember, type MemberScope } from "./member-scope";
import type { MenuMember } from "./MemberMenu";

export function RemoveMemberDialog({
  member,
  scope,
  onClose,
}: {
  member: MenuMember;
  scope: MemberScope;
  onClose: () => void;
}) {
  const router = useRouter();
  const { run, busy, problem } = useAction(
    (client) => removeMember(client, scope, member.userId),
    () => {
      toast({ tone: "ok", title: `${member.name} is no longer a member of ${scope.name}` });
      router.refresh();
      if (member.isYou) router.push("/projects");
      onClose();
    },
  );
  const where = scope.kind === "organization" ? "the organization and all its projects" : "this project";
  return (
    <Dialog
      title={member.isYou ? `Leave ${scope.name}` : `Remove ${member.name} from ${scope.name}`}
      onClose={onClose}
      onSubmit={() => run(undefined)}
      footer={
        <>
          <Button onClick={onClose} data-autofocus>
            Keep member
          </Button>
          <Button type="submit" kind="danger" busy={busy}>
            {member.isYou ? "Leave" : "Remove member"}
          </Button>
        </>
      }
    >
      <p className="t2">
        {member.isYou ? "You lose" : `${member.name} loses`} access to {where} at once. Snapshots, restores and what was
        done stay as they are. They can be added again.
      </p>
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </Dialog>
  );
}
