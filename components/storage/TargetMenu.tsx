"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { reasonOf } from "@/components/access/reason";
import { Icon } from "@/components/ui/Icon";
import { Menu } from "@/components/ui/Menu";
import { MenuItem } from "@/components/ui/MenuItem";
import type { TargetView } from "@/server/domain/storage/schema";

const EditTargetDialog = dynamic(() => import("./EditTargetDialog").then((module) => module.EditTargetDialog), {
  ssr: false,
});
const DefaultDialog = dynamic(() => import("./DefaultDialog").then((module) => module.DefaultDialog), { ssr: false });
const RemoveTargetDialog = dynamic(() => import("./RemoveTargetDialog").then((module) => module.RemoveTargetDialog), {
  ssr: false,
});

/** What the menu and its dialogs know of a target. */
export type MenuTarget = Pick<TargetView, "id" | "name" | "kind" | "place" | "can">;

interface TargetMenuProps {
  target: MenuTarget;
  orgId: string;
  /** A button with a word, for the head of a page. */
  words?: boolean;
}

export function TargetMenu({ target, orgId, words = false }: TargetMenuProps) {
  const [open, setOpen] = useState<"edit" | "default" | "remove" | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <Menu
        label={`Actions for ${target.name}`}
        triggerClass={words ? "btn" : undefined}
        trigger={
          words ? (
            <>
              Actions <Icon name="chevron-down" className="s" />
            </>
          ) : (
            <Icon name="ellipsis" />
          )
        }
      >
        <MenuItem icon="check" disabledReason={reasonOf(target.can.makeDefault)} onSelect={() => setOpen("default")}>
          Make default
        </MenuItem>
        <MenuItem icon="pencil" disabledReason={reasonOf(target.can.edit)} onSelect={() => setOpen("edit")}>
          Change name or credentials
        </MenuItem>
        <MenuItem icon="trash-2" disabledReason={reasonOf(target.can.remove)} onSelect={() => setOpen("remove")}>
          Remove target
        </MenuItem>
      </Menu>
      {open === "edit" ? <EditTargetDialog target={target} orgId={orgId} onClose={close} /> : null}
      {open === "default" ? <DefaultDialog target={target} orgId={orgId} onClose={close} /> : null}
      {open === "remove" ? <RemoveTargetDialog target={target} orgId={orgId} onClose={close} /> : null}
    </>
  );
}
