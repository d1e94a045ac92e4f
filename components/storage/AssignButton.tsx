"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { reasonOf } from "@/components/access/reason";
import { Button } from "@/components/ui/Button";
import type { TargetDetail } from "@/server/domain/storage/schema";

const AssignDialog = dynamic(() => import("./AssignDialog").then((module) => module.AssignDialog), { ssr: false });

interface AssignButtonProps {
  target: Pick<TargetDetail, "id" | "name" | "projects" | "can">;
  orgId: string;
}

export function AssignButton({ target, orgId }: AssignButtonProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="small" icon="plus" disabledReason={reasonOf(target.can.assign)} onClick={() => setOpen(true)}>
        Assign
      </Button>
      {open ? <AssignDialog target={target} orgId={orgId} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
