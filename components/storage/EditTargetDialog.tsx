"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field } from "@/components/ui/Field";
import { toast } from "@/components/ui/toast-store";
import type { UpdateTarget } from "@/server/domain/storage/schema";
import { CredentialFields } from "./CredentialFields";
import { credentialsOf, NO_FIELDS, type TargetFields } from "./location";
import type { MenuTarget } from "./TargetMenu";

interface EditTargetDialogProps {
  target: MenuTarget;
  orgId: string;
  onClose: () => void;
}

/** Name and credentials. The place of a target never changes: what is stored there would be lost from sight. */
export function EditTargetDialog({ target, orgId, onClose }: EditTargetDialogProps) {
  const router = useRouter();
  const [name, setName] = useState(target.name);
  const [fields, setFields] = useState<TargetFields>(NO_FIELDS);
  const { run, busy, problem } = useAction(
    (client, input: UpdateTarget) => client.storage.update.mutate(input),
    () => {
      toast({ tone: "ok", title: `${name} is changed` });
      router.refresh();
      onClose();
    },
  );
  const named = name.trim() !== "";
  const credentials = target.kind === "FOLDER" ? null : credentialsOf(target.kind, fields);
  const isChanged = name !== target.name || credentials !== null;

  return (
    <Dialog
      title={`Change ${target.name}`}
      onClose={onClose}
      onSubmit={() =>
        named && isChanged && run({ orgId, targetId: target.id, name, credentials: credentials ?? undefined })
      }
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            type="submit"
            kind="primary"
            busy={busy}
            disabledReason={!named ? "Waits for a name." : isChanged ? undefined : "Nothing is changed yet."}
          >
            Change target
          </Button>
        </>
      }
    >
      <Field
        label="Name"
        value={name}
        maxLength={64}
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
        data-autofocus
      />
      {target.kind === "FOLDER" ? null : (
        <>
          <p className="t2">
            Leave the credentials empty to keep the present ones. New ones are tested first, and used from the next
            snapshot or restore on.
          </p>
          <CredentialFields
            kind={target.kind}
            fields={fields}
            onChange={(change) => setFields((before) => ({ ...before, ...change }))}
          />
        </>
      )}
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </Dialog>
  );
}
