"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { ChoiceCard } from "@/components/ui/ChoiceCard";

const ConnectForm = dynamic(() => import("./ConnectForm").then((loaded) => loaded.ConnectForm));
const EmbeddedForm = dynamic(() => import("./EmbeddedForm").then((loaded) => loaded.EmbeddedForm));

export function CreateCluster({ projectId }: { projectId: string }) {
  const [kind, setKind] = useState<"EMBEDDED" | "EXTERNAL">("EMBEDDED");
  return (
    <div className="form wide">
      <fieldset className="choices pair">
        <legend className="label">Where it runs</legend>
        <ChoiceCard
          type="radio"
          name="kind"
          title="Inside Holdfast"
          checked={kind === "EMBEDDED"}
          onChange={() => setKind("EMBEDDED")}
        >
          A new, empty, MongoDB-compatible server on this machine. For trying things out and as a target for restores.
        </ChoiceCard>
        <ChoiceCard
          type="radio"
          name="kind"
          title="Your own server"
          checked={kind === "EXTERNAL"}
          onChange={() => setKind("EXTERNAL")}
        >
          A MongoDB that already runs. Holdfast looks at it and changes nothing.
        </ChoiceCard>
      </fieldset>
      {kind === "EMBEDDED" ? <EmbeddedForm projectId={projectId} /> : <ConnectForm projectId={projectId} />}
    </div>
  );
}
