"use client";

import { useState, type FormEvent } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { fieldErrors } from "@/components/ui/field-errors";
import { Select } from "@/components/ui/Select";
import { ConnectCluster, TIERS, type ConnectionFacts as Facts } from "@/server/domain/clusters/schema";
import { ConnectionFacts } from "./ConnectionFacts";
import { DatabaseUserHelp } from "./DatabaseUserHelp";
import { tierName } from "./health";
import { PlaceFields } from "./PlaceFields";
import { useGoToCluster } from "./use-go-to-cluster";

/** A cluster that already runs: looked at before it is saved; each way it can fail has its own words. */
export function ConnectForm({ projectId }: { projectId: string }) {
  const [errors, setErrors] = useState<ReturnType<typeof fieldErrors>>({});
  const [tested, setTested] = useState<{ connectionString: string; facts: Facts } | null>(null);
  const [connectionString, setConnectionString] = useState("");
  const goTo = useGoToCluster(projectId);
  const test = useAction(
    (client, input: { projectId: string; connectionString: string }) => client.clusters.testConnection.mutate(input),
    (facts, input) => setTested({ connectionString: input.connectionString, facts }),
  );
  const save = useAction(
    (client, input: ConnectCluster) => client.clusters.connect.mutate(input),
    (_cluster, input) => goTo(input.name, `${input.name} is connected`),
  );
  const isTested = tested?.connectionString === connectionString.trim();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (!isTested) {
      await look();
      return;
    }
    const values = Object.fromEntries(new FormData(event.currentTarget));
    const parsed = ConnectCluster.safeParse({ ...values, projectId, connectionString });
    setErrors(parsed.success ? {} : fieldErrors(parsed.error.issues));
    if (parsed.success) await save.run(parsed.data);
  }

  async function look() {
    setTested(null);
    save.clear();
    await test.run({ projectId, connectionString: connectionString.trim() });
  }

  return (
    <form className="form" onSubmit={submit} noValidate aria-label="Connect your own server">
      <Field
        label="Connection string"
        type="password"
        mono
        autoComplete="off"
        spellCheck={false}
        placeholder="mongodb+srv://holdfast:…@cluster.example.com"
        value={connectionString}
        onChange={(event) => setConnectionString(event.target.value)}
        error={errors.connectionString}
        hint="Kept sealed; its password is never shown again."
      />
      <DatabaseUserHelp />
      <div className="row">
        <Button
          busy={test.busy}
          icon="search"
          onClick={look}
          disabledReason={connectionString.trim() === "" ? "Waits for a connection string." : undefined}
        >
          Test connection
        </Button>
        <span className="s12 t3">Looks at version, topology and privileges; changes nothing.</span>
      </div>
      <div role="status" className="grid gap-4">
        {isTested && tested ? <ConnectionFacts facts={tested.facts} /> : null}
      </div>
      {test.problem ? <LazyErrorNotice problem={test.problem} /> : null}
      <div className="pair">
        <Field label="Name" name="name" autoComplete="off" spellCheck={false} error={errors.name} />
        <Select
          label="Counts as tier"
          name="tier"
          defaultValue="M30"
          options={TIERS.filter((tier) => tier !== "M0").map((tier) => ({ value: tier, label: tierName(tier) }))}
        />
      </div>
      <PlaceFields />
      {save.problem ? <LazyErrorNotice problem={save.problem} /> : null}
      <div className="row">
        <Button
          type="submit"
          kind="primary"
          busy={save.busy}
          disabledReason={isTested ? undefined : "Test the connection string first."}
        >
          Connect cluster
        </Button>
      </div>
    </form>
  );
}
