"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { reasonOf } from "@/components/access/reason";
import { Button } from "@/components/ui/Button";
import type { Allowed } from "@/server/domain/common/schema";
import type { MemberScope } from "./member-scope";
import type { AssignableRole } from "./RolesField";

const AddMemberDialog = dynamic(() => import("./AddMemberDialog").then((module) => module.AddMemberDialog), {
  ssr: false,
});

interface AddMemberProps {
  scope: MemberScope;
  roles: readonly AssignableRole[];
  can: Allowed;
}

export function AddMember({ scope, roles, can }: AddMemberProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon="user-plus" disabledReason={reasonOf(can)} onClick={() => setOpen(true)}>
        Add member
      </Button>
      {open ? <AddMemberDialog scope={scope} roles={roles} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
