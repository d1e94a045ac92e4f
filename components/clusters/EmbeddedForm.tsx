"use client";

import { useState, type FormEvent } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { ChoiceCard } from "@/components/ui/ChoiceCard";
import { Field } from "@/components/ui/Field";
import { fieldErrors } from "@/components/ui/field-errors";
import { Select } from "@/components/ui/Select";
import { CreateEmbeddedCluster, EMBEDDED_VERSIONS, TIERS } from "@/server/domain/clusters/schema";
import { tierName } from "./health";
import { PlaceFields } from "./PlaceFields";
import { useGoToCluster } from "./use-go-to-cluster";

const TIER_NOTES: Record<string, string> = { M0: "M0, free, no backups", FLEX: "Flex, daily snapshots" };

export function EmbeddedForm({ projectId }: { projectId: string }) {
  const [errors, setErrors] = useState<ReturnType<typeof fieldErrors>>({});
  const [version, setVersion] = useState<string>("8.0.4");
  const [pinFcv, setPinFcv] = useState(false);
  const goTo = useGoToCluster(projectId);
  const { run, busy, problem } = useAction(
    (client, input: CreateEmbeddedCluster) => client.clusters.create.mutate(input),
    (_cluster, input) => goTo(input.name, `${input.name} is being created`),
  );

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(event.currentTarget));
    const parsed = CreateEmbeddedCluster.safeParse({ ...values, projectId, pinFcv });
    setErrors(parsed.success ? {} : fieldErrors(parsed.error.issues));
    if (parsed.success) await run(parsed.data);
  }

  return (
    <form className="form" onSubmit={submit} noValidate aria-label="Create a cluster inside Holdfast">
      <Field
        label="Name"
        name="name"
        autoComplete="off"
        spellCheck={false}
        error={errors.name}
        hint="Letters, digits and hyphens, at most 64. It cannot be changed later."
      />
      <div className="pair">
        <Select
          label="Tier"
          name="tier"
          defaultValue="M10"
          options={TIERS.map((tier) => ({ value: tier, label: TIER_NOTES[tier] ?? tierName(tier) }))}
        />
        <Select
          label="MongoDB version"
          name="mongoDBVersion"
          value={version}
          onChange={(event) => setVersion(event.target.value)}
          options={EMBEDDED_VERSIONS.map((one) => ({ value: one, label: one }))}
        />
      </div>
      <PlaceFields />
      <ChoiceCard
        type="checkbox"
        title="Pin the feature compatibility version"
        checked={pinFcv}
        onChange={(event) => setPinFcv(event.target.checked)}
      >
        Hold it at the release below {version}, as during an upgrade under observation. It decides what can be restored
        here.
      </ChoiceCard>
      {problem ? <LazyErrorNotice problem={problem} /> : null}
      <div className="row">
        <Button type="submit" kind="primary" busy={busy}>
          Create cluster
        </Button>
      </div>
    </form>
  );
}
