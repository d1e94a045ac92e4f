"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field } from "@/components/ui/Field";
import { Select } from "@/components/ui/Select";
import { toast } from "@/components/ui/toast-store";
import { CLOUD_PROVIDERS, Region, REGIONS, type CloudProvider } from "@/server/domain/clusters/schema";
import type { AssignTarget, TargetDetail } from "@/server/domain/storage/schema";
import { PROVIDER_WORDS, regionWords } from "./storage-words";

const ANY = "any";
const OTHER = "other";

interface AssignDialogProps {
  target: Pick<TargetDetail, "id" | "name" | "projects">;
  orgId: string;
  onClose: () => void;
}

/** Which project's snapshots, from which provider and region, go to the target from now on. */
export function AssignDialog({ target, orgId, onClose }: AssignDialogProps) {
  const router = useRouter();
  const [projectId, setProjectId] = useState(ANY);
  const [cloudProvider, setCloudProvider] = useState<CloudProvider>("AWS");
  const [region, setRegion] = useState<string>(ANY);
  const [other, setOther] = useState("");
  const { run, busy, problem } = useAction(
    (client, input: AssignTarget) => client.storage.assign.mutate(input),
    () => {
      toast({ tone: "ok", title: `Assigned to ${target.name}` });
      router.refresh();
      onClose();
    },
  );
  const typed = Region.safeParse(other.trim().toUpperCase().replaceAll("-", "_"));
  const ready = region !== OTHER || typed.success;

  function submit() {
    if (!ready) return;
    const chosen = region === ANY ? null : region === OTHER ? (typed.data ?? null) : region;
    void run({
      orgId,
      targetId: target.id,
      projectId: projectId === ANY ? null : projectId,
      cloudProvider,
      region: chosen,
    });
  }

  return (
    <Dialog
      title={`Assign to ${target.name}`}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            type="submit"
            kind="primary"
            busy={busy}
            disabledReason={ready ? undefined : "Waits for the name of a region."}
          >
            Assign
          </Button>
        </>
      }
    >
      <p className="t2">
        New snapshots of clusters there are stored in {target.name}; those that exist stay where they are. The more
        exact assignment wins: a project before all projects, a region before any region.
      </p>
      <Select
        label="Project"
        value={projectId}
        onChange={(event) => setProjectId(event.target.value)}
        options={[
          { value: ANY, label: "All projects" },
          ...target.projects.map((project) => ({ value: project.id, label: project.name })),
        ]}
        data-autofocus
      />
      <Select
        label="Cloud provider"
        value={cloudProvider}
        onChange={(event) => {
          setCloudProvider(CLOUD_PROVIDERS.find((one) => one === event.target.value) ?? "AWS");
          setRegion(ANY);
        }}
        options={CLOUD_PROVIDERS.map((one) => ({ value: one, label: PROVIDER_WORDS[one] }))}
      />
      <Select
        label="Region"
        value={region}
        onChange={(event) => setRegion(event.target.value)}
        options={[
          { value: ANY, label: "Any region" },
          ...REGIONS[cloudProvider].map((one) => ({ value: one, label: regionWords(one) })),
          { value: OTHER, label: "Another region" },
        ]}
      />
      {region === OTHER ? (
        <Field
          label="Name of the region"
          mono
          autoComplete="off"
          spellCheck={false}
          value={other}
          onChange={(event) => setOther(event.target.value)}
          hint="As on the cluster's page."
        />
      ) : null}
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </Dialog>
  );
}
