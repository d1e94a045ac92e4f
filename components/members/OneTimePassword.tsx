"use client";

import { Button } from "@/components/ui/Button";
import { Command } from "@/components/ui/Command";
import { Dialog } from "@/components/ui/Dialog";
import type { AddedMember } from "@/server/domain/members/schema";

/** The password of a new account, shown this once. */
export function OneTimePassword({
  member,
  password,
  onClose,
}: {
  member: AddedMember;
  password: string;
  onClose: () => void;
}) {
  return (
    <Dialog
      title={`${member.name} has a new account`}
      onClose={onClose}
      onSubmit={onClose}
      footer={
        <Button type="submit" kind="primary" data-autofocus>
          I have passed it on
        </Button>
      }
    >
      <p className="t2">
        Give this password to {member.email} in a safe way. It is shown only now; they are asked for their own after
        signing in.
      </p>
      <Command label="One-time password" text={password} />
    </Dialog>
  );
}
