"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { reasonOf } from "@/components/access/reason";
import { Icon } from "@/components/ui/Icon";
import { Menu } from "@/components/ui/Menu";
import { MenuItem } from "@/components/ui/MenuItem";
import type { Allowed, RoleView } from "@/server/domain/common/schema";
import type { MemberScope } from "./member-scope";
import type { AssignableRole } from "./RolesField";

const ChangeRolesDialog = dynamic(() => import("./ChangeRolesDialog").then((module) => module.ChangeRolesDialog), {
  ssr: false,
});
const RemoveMemberDialog = dynamic(() => import("./RemoveMemberDialog").then((module) => module.RemoveMemberDialog), {
  ssr: false,
});

/** What the menu and its dialogs know of a member. */
export interface MenuMember {
  userId: string;
  name: string;
  isYou: boolean;
  roles: readonly RoleView[];
  can: { changeRoles: Allowed; remove: Allowed };
}

interface MemberMenuProps {
  member: MenuMember;
  scope: MemberScope;
  roles: readonly AssignableRole[];
}

export function MemberMenu({ member, scope, roles }: MemberMenuProps) {
  const [open, setOpen] = useState<"roles" | "remove" | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <Menu label={`Actions for ${member.name}`} trigger={<Icon name="ellipsis" />}>
        <MenuItem icon="pencil" disabledReason={reasonOf(member.can.changeRoles)} onSelect={() => setOpen("roles")}>
          Change roles
        </MenuItem>
        <MenuItem icon="trash-2" disabledReason={reasonOf(member.can.remove)} onSelect={() => setOpen("remove")}>
          {member.isYou ? `Leave ${scope.name}` : `Remove from ${scope.name}`}
        </MenuItem>
      </Menu>
      {open === "roles" ? <ChangeRolesDialog member={member} scope={scope} roles={roles} onClose={close} /> : null}
      {open === "remove" ? <RemoveMemberDialog member={member} scope={scope} onClose={close} /> : null}
    </>
  );
}
