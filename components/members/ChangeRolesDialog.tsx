"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { toast } from "@/components/ui/toast-store";
import { changeRoles, type MemberScope } from "./member-scope";
import type { MenuMember } from "./MemberMenu";
import { RolesField, type AssignableRole } from "./RolesField";

interface ChangeRolesDialogProps {
  member: MenuMember;
  scope: MemberScope;
  roles: readonly AssignableRole[];
  onClose: () => void;
}

export function ChangeRolesDialog({ member, scope, roles, onClose }: ChangeRolesDialogProps) {
  const router = useRouter();
  const [chosen, setChosen] = useState(member.roles.map((one) => one.role));
  const { run, busy, problem } = useAction(
    (client, next: string[]) => changeRoles(client, scope, member.userId, next),
    () => {
      toast({ tone: "ok", title: `The roles of ${member.name} are changed` });
      router.refresh();
      onClose();
    },
  );
  return (
    <Dialog
      title={`Roles of ${member.name} in ${scope.name}`}
      onClose={onClose}
      onSubmit={() => run(chosen)}
      footer={
        <>
          <Button onClick={onClose}>Keep roles</Button>
          <Button
            type="submit"
            kind="primary"
            busy={busy}
            disabledReason={chosen.length === 0 ? "A member needs at least one role." : undefined}
          >
            Change roles
          </Button>
        </>
      }
    >
      <p className="t2">Roles add up; nothing is taken away by another role.</p>
      <RolesField roles={roles} chosen={chosen} onChange={setChosen} />
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </Dialog>
  );
}
