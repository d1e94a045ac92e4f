"use client";

import { useRouter } from "next/navigation";
import { useState, type FormEvent } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { targetPath } from "@/components/format/addresses";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { ChoiceCard } from "@/components/ui/ChoiceCard";
import { Field } from "@/components/ui/Field";
import { toast } from "@/components/ui/toast-store";
import type { AddTarget, TargetTest, TestNewTarget } from "@/server/domain/storage/schema";
import { CredentialFields } from "./CredentialFields";
import { credentialsOf, locationOf, NO_FIELDS, type NewKind, type TargetFields } from "./location";
import { TestRunning, TestSteps } from "./LazyTestSteps";
import { LocationFields } from "./LocationFields";
import { KIND_WORDS } from "./storage-words";

const KINDS: ReadonlyArray<{ kind: NewKind; words: string }> = [
  { kind: "S3", words: "Amazon S3, MinIO, Ceph, R2 and whatever else speaks S3." },
  { kind: "AZURE", words: "A container of a storage account." },
  { kind: "GCS", words: "A bucket, with the key of a service account." },
  { kind: "FOLDER", words: "A second disk or a network share that the operator allows." },
];
const NO_FOLDERS = "The operator allows none. That takes HOLDFAST_STORAGE_FOLDERS when Holdfast starts.";

/** A new target: what it is, where, the credentials; tested before it is saved. */
export function TargetForm({ orgId, folders }: { orgId: string; folders: readonly string[] }) {
  const router = useRouter();
  const [kind, setKind] = useState<NewKind>("S3");
  const [name, setName] = useState("");
  const [fields, setFields] = useState<TargetFields>(NO_FIELDS);
  const [tested, setTested] = useState<{ what: string; test: TargetTest } | null>(null);
  const test = useAction(
    (client, input: TestNewTarget) => client.storage.testNew.mutate(input),
    (result, input) => setTested({ what: keyOf(input), test: result }),
  );
  const save = useAction(
    (client, input: AddTarget) => client.storage.add.mutate(input),
    (target) => {
      toast({ tone: "ok", title: `${target.name} is added` });
      router.push(targetPath(orgId, target.id));
      router.refresh();
    },
  );
  const location = locationOf(kind, fields);
  const credentials = credentialsOf(kind, fields);
  const place = location && credentials ? { orgId, location, credentials } : null;
  const shown = place && tested?.what === keyOf(place) ? tested.test : null;
  const missing = !place
    ? "Waits for the fields above."
    : name.trim() === ""
      ? "Waits for a name."
      : !shown?.ok
        ? "Waits for a test that every step passes."
        : undefined;

  function change(more: Partial<TargetFields>) {
    setFields((before) => ({ ...before, ...more }));
  }

  async function look() {
    if (!place) return;
    setTested(null);
    save.clear();
    await test.run(place);
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!shown?.ok) await look();
    else if (place && !missing) await save.run({ ...place, name });
  }

  return (
    <form className="form wide" onSubmit={submit} noValidate aria-label="Add storage target">
      <fieldset className="choices pair">
        <legend className="label">Kind</legend>
        {KINDS.map((one) => (
          <ChoiceCard
            key={one.kind}
            type="radio"
            name="kind"
            title={KIND_WORDS[one.kind]}
            checked={kind === one.kind}
            disabledReason={one.kind === "FOLDER" && folders.length === 0 ? NO_FOLDERS : undefined}
            onChange={() => setKind(one.kind)}
          >
            {one.words}
          </ChoiceCard>
        ))}
      </fieldset>
      <Field
        label="Name"
        value={name}
        autoComplete="off"
        maxLength={64}
        onChange={(event) => setName(event.target.value)}
        hint="What people see on clusters and snapshots, as in “Frankfurt”. It can be changed."
      />
      <LocationFields kind={kind} fields={fields} folders={folders} onChange={change} />
      <CredentialFields kind={kind} fields={fields} onChange={change} />
      <div className="row">
        <Button
          icon="search"
          busy={test.busy}
          onClick={look}
          disabledReason={place ? undefined : "Waits for the fields above."}
        >
          Test storage
        </Button>
        <span className="s12 t3">Stores three small objects, reads and lists them, and removes them.</span>
      </div>
      <div role="status" className="grid gap-4">
        {test.busy ? <TestRunning /> : null}
        {shown ? <TestSteps test={shown} label={shown.ok ? "Test, passed" : "Test, failed"} /> : null}
      </div>
      {test.problem ? <LazyErrorNotice problem={test.problem} /> : null}
      {save.problem ? <LazyErrorNotice problem={save.problem} /> : null}
      <div className="row">
        <Button type="submit" kind="primary" busy={save.busy} disabledReason={missing}>
          Add target
        </Button>
      </div>
    </form>
  );
}

function keyOf({ location, credentials }: Pick<TestNewTarget, "location" | "credentials">): string {
  return JSON.stringify([location, credentials]);
}
