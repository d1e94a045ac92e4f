"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { ChoiceCard } from "@/components/ui/ChoiceCard";
import { Dialog } from "@/components/ui/Dialog";
import { toast } from "@/components/ui/toast-store";
import type { JoinProject as JoinProjectInput } from "@/server/domain/projects/schema";

const ROLES = [
  {
    role: "GROUP_BACKUP_MANAGER",
    title: "Project Backup Manager",
    gives: "Take, verify, delete and restore snapshots.",
  },
  { role: "GROUP_OWNER", title: "Project Owner", gives: "Everything in the project, members included." },
  { role: "GROUP_READ_ONLY", title: "Project Read Only", gives: "See clusters and snapshots, change nothing." },
] as const;

/** "Add me to this project": an Organization Owner has no backup rights before this, and everybody sees that it happened. */
export function JoinProject({ project }: { project: { id: string; name: string } }) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [role, setRole] = useState<JoinProjectInput["role"]>("GROUP_BACKUP_MANAGER");
  const { run, busy, problem } = useAction(
    (client, input: JoinProjectInput) => client.projects.join.mutate(input),
    () => {
      toast({ tone: "ok", title: `You are a member of ${project.name}` });
      setOpen(false);
      router.refresh();
    },
  );
  return (
    <>
      <Button icon="user-plus" size="small" onClick={() => setOpen(true)}>
        Add me to this project
      </Button>
      {open ? (
        <Dialog
          title={`Add yourself to ${project.name}`}
          onClose={() => setOpen(false)}
          onSubmit={() => run({ projectId: project.id, role })}
          footer={
            <>
              <Button onClick={() => setOpen(false)}>Stay out</Button>
              <Button type="submit" kind="primary" busy={busy}>
                Add me
              </Button>
            </>
          }
        >
          <p className="t2">Every member of the project sees this in its activity.</p>
          <div className="choices" role="radiogroup" aria-label="Role">
            {ROLES.map((one) => (
              <ChoiceCard
                key={one.role}
                type="radio"
                name="role"
                title={one.title}
                checked={role === one.role}
                onChange={() => setRole(one.role)}
              >
                {one.gives}
              </ChoiceCard>
            ))}
          </div>
          {problem ? <LazyErrorNotice problem={problem} /> : null}
        </Dialog>
      ) : null}
    </>
  );
}
