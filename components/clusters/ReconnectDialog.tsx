"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { ChoiceCard } from "@/components/ui/ChoiceCard";
import { Dialog } from "@/components/ui/Dialog";
import { Field } from "@/components/ui/Field";
import { fieldErrors } from "@/components/ui/field-errors";
import { toast } from "@/components/ui/toast-store";
import { UpdateConnection, type ClusterDetail } from "@/server/domain/clusters/schema";
import { DatabaseUserHelp } from "./DatabaseUserHelp";

/** The server is looked at before anything is kept; each way it can fail has its own words. */
export function ReconnectDialog({ cluster, onClose }: { cluster: ClusterDetail; onClose: () => void }) {
  const router = useRouter();
  const [connectionString, setConnectionString] = useState("");
  const [errors, setErrors] = useState<ReturnType<typeof fieldErrors>>({});
  const [acceptOtherServer, setAcceptOtherServer] = useState(false);
  const isNew = cluster.health === "notConnected";
  const { run, busy, problem, clear } = useAction(
    (client, input: UpdateConnection) => client.clusters.updateConnection.mutate(input),
    () => {
      toast({ tone: "ok", title: `${cluster.name} is connected` });
      router.refresh();
      onClose();
    },
  );

  const isOtherServer = acceptOtherServer || problem?.code === "CLUSTER_SERVER_DIFFERS";

  function change(value: string) {
    setConnectionString(value);
    // What was accepted was the server of the string before.
    setAcceptOtherServer(false);
    clear();
  }

  async function submit() {
    const ids = { projectId: cluster.project.id, clusterId: cluster.id };
    const parsed = UpdateConnection.safeParse({ ...ids, connectionString, acceptOtherServer });
    setErrors(parsed.success ? {} : fieldErrors(parsed.error.issues));
    if (parsed.success) await run(parsed.data);
  }

  return (
    <Dialog
      title={isNew ? `Connect ${cluster.name} again` : `Change the connection of ${cluster.name}`}
      onClose={onClose}
      onSubmit={() => void submit()}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            kind="primary"
            busy={busy}
            disabledReason={connectionString.trim() === "" ? "Waits for a connection string." : undefined}
          >
            Test and connect
          </Button>
        </>
      }
    >
      <p className="t2">
        {isNew
          ? "Its snapshots are here already. Holdfast looks at version, topology and privileges, changes nothing on the server, and keeps the string when all is well."
          : "The new string takes the place of the old one once the server has answered. Snapshots stay as they are."}
      </p>
      <Field
        label="Connection string"
        type="password"
        mono
        data-autofocus
        autoComplete="off"
        spellCheck={false}
        placeholder="mongodb+srv://holdfast:…@cluster.example.com"
        value={connectionString}
        onChange={(event) => change(event.target.value)}
        error={errors.connectionString}
        hint="Kept sealed; its password is never shown again."
      />
      <DatabaseUserHelp />
      {problem ? <LazyErrorNotice problem={problem} /> : null}
      {isOtherServer ? (
        <ChoiceCard
          type="checkbox"
          title="This is another server, and I want that"
          checked={acceptOtherServer}
          onChange={(event) => setAcceptOtherServer(event.target.checked)}
        >
          Snapshots are taken of it, and restores into {cluster.name} overwrite it from now on.
        </ChoiceCard>
      ) : null}
    </Dialog>
  );
}
