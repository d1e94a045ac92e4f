"use client";

import { useId } from "react";
import { describedBy, Field, FieldParts } from "@/components/ui/Field";
import { Segmented } from "@/components/ui/Segmented";
import type { StorageKind } from "@/server/domain/storage/schema";
import type { TargetFields } from "./location";

interface CredentialFieldsProps {
  kind: StorageKind;
  fields: TargetFields;
  onChange: (change: Partial<TargetFields>) => void;
}

const SEALED = "Kept sealed, and never shown again.";

/** What the storage asks for before it lets Holdfast in. */
export function CredentialFields({ kind, fields, onChange }: CredentialFieldsProps) {
  switch (kind) {
    case "S3":
      return (
        <div className="pair">
          <Field
            label="Access key id"
            mono
            autoComplete="off"
            spellCheck={false}
            value={fields.accessKeyId}
            onChange={(event) => onChange({ accessKeyId: event.target.value.trim() })}
          />
          <Field
            label="Secret access key"
            type="password"
            mono
            autoComplete="off"
            value={fields.secretAccessKey}
            onChange={(event) => onChange({ secretAccessKey: event.target.value.trim() })}
            hint={SEALED}
          />
        </div>
      );
    case "AZURE":
      return (
        <>
          <div>
            <span className="label">Let in by</span>
            <Segmented
              label="Let in by"
              options={[
                { value: "accountKey", label: "Account key" },
                { value: "sasToken", label: "SAS token" },
              ]}
              value={fields.azureWith}
              onChange={(azureWith) => onChange({ azureWith, azureSecret: "" })}
            />
          </div>
          <Field
            label={fields.azureWith === "accountKey" ? "Account key" : "SAS token"}
            type="password"
            mono
            autoComplete="off"
            value={fields.azureSecret}
            onChange={(event) => onChange({ azureSecret: event.target.value.trim() })}
            hint={
              fields.azureWith === "accountKey"
                ? SEALED
                : `${SEALED} It needs read, add, create, write, delete and list on the container.`
            }
          />
        </>
      );
    case "GCS":
      return <ServiceAccount value={fields.serviceAccountJson} onChange={onChange} />;
    case "FOLDER":
    case "INSTALLATION":
      return null;
  }
}

function ServiceAccount({ value, onChange }: { value: string; onChange: CredentialFieldsProps["onChange"] }) {
  const id = useId();
  const hint = `The JSON file of a key, as Google gave it. ${SEALED}`;
  return (
    <FieldParts id={id} label="Key of a service account" hint={hint}>
      <textarea
        id={id}
        className="field area m"
        rows={5}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange({ serviceAccountJson: event.target.value.trim() })}
        {...describedBy(id, hint, null)}
      />
    </FieldParts>
  );
}
