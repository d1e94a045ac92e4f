"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { reasonOf } from "@/components/access/reason";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { projectPath } from "@/components/format/addresses";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field } from "@/components/ui/Field";
import type { Allowed } from "@/server/domain/common/schema";

export function CreateProject({ organizationId, can }: { organizationId: string; can: Allowed }) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const { run, busy, problem } = useAction(
    (client, input: { orgId: string; name: string }) => client.projects.create.mutate(input),
    (project) => {
      router.push(projectPath(project.id));
      router.refresh();
    },
  );
  const ready = name.trim() !== "";
  return (
    <>
      <Button icon="plus" disabledReason={reasonOf(can)} onClick={() => setOpen(true)}>
        Create project
      </Button>
      {open ? (
        <Dialog
          title="Create a project"
          onClose={() => setOpen(false)}
          onSubmit={() => ready && run({ orgId: organizationId, name: name.trim() })}
          footer={
            <>
              <Button onClick={() => setOpen(false)}>Close</Button>
              <Button type="submit" kind="primary" busy={busy} disabledReason={ready ? undefined : "Waits for a name."}>
                Create project
              </Button>
            </>
          }
        >
          <p className="t2">
            A project holds clusters, their snapshots, and the people who may work with them. You become its owner.
          </p>
          <Field
            label="Name"
            value={name}
            maxLength={64}
            onChange={(event) => setName(event.target.value)}
            data-autofocus
          />
          {problem ? <LazyErrorNotice problem={problem} /> : null}
        </Dialog>
      ) : null}
    </>
  );
}
