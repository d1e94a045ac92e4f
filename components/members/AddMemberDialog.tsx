"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field } from "@/components/ui/Field";
import { toast } from "@/components/ui/toast-store";
import type { AddedMember } from "@/server/domain/members/schema";
import { addMember, type MemberScope, type NewMember } from "./member-scope";
import { OneTimePassword } from "./OneTimePassword";
import { RolesField, type AssignableRole } from "./RolesField";

interface AddMemberDialogProps {
  scope: MemberScope;
  roles: readonly AssignableRole[];
  onClose: () => void;
}

export function AddMemberDialog({ scope, roles, onClose }: AddMemberDialogProps) {
  const router = useRouter();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const [added, setAdded] = useState<AddedMember | null>(null);
  const { run, busy, problem } = useAction(
    (client, input: NewMember) => addMember(client, scope, input),
    (member) => {
      router.refresh();
      if (member.oneTimePassword) {
        setAdded(member);
        return;
      }
      toast({ tone: "ok", title: `${member.name} is a member of ${scope.name}` });
      onClose();
    },
  );
  if (added?.oneTimePassword)
    return <OneTimePassword member={added} password={added.oneTimePassword} onClose={onClose} />;

  const ready = email.includes("@") && chosen.length > 0;
  return (
    <Dialog
      title={`Add a member to ${scope.name}`}
      onClose={onClose}
      onSubmit={() => ready && run({ email, name: name.trim() || undefined, roles: chosen })}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            type="submit"
            kind="primary"
            busy={busy}
            disabledReason={ready ? undefined : "Waits for an email and at least one role."}
          >
            Add member
          </Button>
        </>
      }
    >
      <Field
        label="Email"
        type="email"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        autoComplete="off"
        data-autofocus
      />
      <Field
        label="Name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="off"
        hint="Only for somebody who has no account here yet."
      />
      <RolesField roles={roles} chosen={chosen} onChange={setChosen} />
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </Dialog>
  );
}
