"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { reasonOf } from "@/components/access/reason";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { snapshotPath } from "@/components/format/addresses";
import { utcDay } from "@/components/format/times";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field } from "@/components/ui/Field";
import { Select } from "@/components/ui/Select";
import { toast } from "@/components/ui/toast-store";
import { RetentionDays, type TakeSnapshot as TakeSnapshotInput } from "@/server/domain/snapshots/schema";
import type { SnapshotSource } from "./TakeSnapshot";

const DAY_MS = 86_400_000;

interface TakeSnapshotDialogProps {
  projectId: string;
  clusters: readonly SnapshotSource[];
  onClose: () => void;
}

export function TakeSnapshotDialog({ projectId, clusters, onClose }: TakeSnapshotDialogProps) {
  const router = useRouter();
  const [clusterId, setClusterId] = useState(clusters.find((one) => one.can.allowed)?.id ?? clusters[0]?.id ?? "");
  const [days, setDays] = useState("7");
  const [description, setDescription] = useState("");
  const cluster = clusters.find((one) => one.id === clusterId);
  const { run, busy, problem } = useAction(
    (client, input: TakeSnapshotInput) => client.snapshots.take.mutate(input),
    ({ snapshotId }) => {
      const href = snapshotPath(projectId, cluster?.name ?? "", snapshotId);
      toast({ tone: "run", title: `Snapshot of ${cluster?.name} has begun`, link: { href, label: "See snapshot" } });
      router.refresh();
      onClose();
    },
  );
  const retention = RetentionDays.safeParse(Number(days));
  const error = retention.success || days === "" ? undefined : sentence(retention.error.issues[0]?.message ?? "");
  const blocked = cluster ? reasonOf(cluster.can) : "Waits for a cluster.";
  const ready = retention.success && !blocked;

  return (
    <Dialog
      title={clusters.length === 1 ? `Take a snapshot of ${clusters[0]?.name}` : "Take a snapshot"}
      onClose={onClose}
      onSubmit={() =>
        ready &&
        run({ projectId, clusterId, retentionDays: retention.data, description: description.trim() || undefined })
      }
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            type="submit"
            kind="primary"
            icon="camera"
            busy={busy}
            disabledReason={ready ? undefined : (blocked ?? "Waits for the number of days.")}
          >
            Take snapshot
          </Button>
        </>
      }
    >
      <p className="t2">The cluster goes on as it is: reads and writes are not held up.</p>
      {clusters.length > 1 ? (
        <Select
          label="Cluster"
          value={clusterId}
          onChange={(event) => setClusterId(event.target.value)}
          options={clusters.map((one) => ({ value: one.id, label: one.name, disabled: !one.can.allowed }))}
        />
      ) : null}
      <Field
        label="Retention, days"
        type="number"
        min={1}
        inputMode="numeric"
        value={days}
        onChange={(event) => setDays(event.target.value)}
        error={error}
        hint={retention.success ? `Kept until ${expiryDay(retention.data)} UTC, then removed.` : undefined}
        data-autofocus
      />
      <Field
        label="Description"
        value={description}
        maxLength={500}
        onChange={(event) => setDescription(event.target.value)}
        hint="Optional: what you will look for later, as in “before the migration”."
      />
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </Dialog>
  );
}

function expiryDay(days: number): string {
  return utcDay(new Date(new Date().getTime() + days * DAY_MS));
}

const sentence = (words: string) => (words ? `${words.charAt(0).toUpperCase()}${words.slice(1)}.` : "");
