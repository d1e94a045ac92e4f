"use client";

import { listWords } from "@/components/format/numbers";
import { ChoiceCard } from "@/components/ui/ChoiceCard";
import { Field } from "@/components/ui/Field";
import { Select } from "@/components/ui/Select";
import type { NewKind, TargetFields } from "./location";

interface LocationFieldsProps {
  kind: NewKind;
  fields: TargetFields;
  folders: readonly string[];
  onChange: (change: Partial<TargetFields>) => void;
}

/** Where the storage is, field by field of its kind. */
export function LocationFields({ kind, fields, folders, onChange }: LocationFieldsProps) {
  const text = (name: "bucket" | "account" | "folder" | "region" | "endpoint" | "kmsKeyId") => ({
    mono: true,
    autoComplete: "off",
    spellCheck: false,
    value: fields[name],
    onChange: (event: { target: { value: string } }) => onChange({ [name]: event.target.value.trim() }),
  });
  const folder = (
    <Field {...text("folder")} label="Folder in it" hint="Optional. Holdfast writes below it and nowhere else." />
  );
  switch (kind) {
    case "S3":
      return (
        <>
          <div className="pair">
            <Field {...text("bucket")} label="Bucket" />
            {folder}
          </div>
          <div className="pair">
            <Field
              {...text("region")}
              label="Region of the bucket"
              placeholder="eu-central-1"
              hint="As the storage calls it."
            />
            <Field
              {...text("endpoint")}
              label="Endpoint"
              placeholder="https://minio.example.com"
              hint="Empty for Amazon S3 itself."
            />
          </div>
          <S3Options text={text("kmsKeyId")} fields={fields} onChange={onChange} />
        </>
      );
    case "AZURE":
      return (
        <>
          <div className="pair">
            <Field {...text("account")} label="Storage account" />
            <Field {...text("bucket")} label="Container" />
          </div>
          <div className="pair">
            {folder}
            <Field {...text("endpoint")} label="Endpoint" hint="Empty for Azure itself." />
          </div>
        </>
      );
    case "GCS":
      return (
        <>
          <div className="pair">
            <Field {...text("bucket")} label="Bucket" />
            {folder}
          </div>
          <Field {...text("endpoint")} label="Endpoint" hint="Empty for Google Cloud itself." />
        </>
      );
    case "FOLDER":
      return (
        <Field
          {...text("folder")}
          label="Folder"
          placeholder={folders[0] ? `${folders[0]}/holdfast` : undefined}
          hint={`Below ${listWords(folders, "or")}, on the machine that runs the workers.`}
        />
      );
  }
}

function S3Options({
  text,
  fields,
  onChange,
}: {
  text: object;
  fields: TargetFields;
  onChange: LocationFieldsProps["onChange"];
}) {
  return (
    <details className="more">
      <summary>Path style, encryption, Object Lock</summary>
      <div className="choices">
        <ChoiceCard
          type="checkbox"
          title="Bucket in the path"
          checked={fields.pathStyle}
          onChange={(event) => onChange({ pathStyle: event.target.checked })}
        >
          Most storage of one&apos;s own needs it, as MinIO does; Amazon S3 does not.
        </ChoiceCard>
        <ChoiceCard
          type="checkbox"
          title="The bucket has Object Lock"
          checked={fields.objectLock}
          onChange={(event) => onChange({ objectLock: event.target.checked })}
        >
          Uploads then carry the checksum that it asks for.
        </ChoiceCard>
        <Select
          label="Encryption by the storage"
          value={fields.sse}
          onChange={(event) => onChange({ sse: event.target.value as TargetFields["sse"] })}
          hint="On top of Holdfast's own, which is always there."
          options={[
            { value: "", label: "As the bucket says" },
            { value: "AES256", label: "With the storage's key (AES256)" },
            { value: "aws:kms", label: "With a key of KMS" },
          ]}
        />
        {fields.sse === "aws:kms" ? (
          <Field {...text} label="KMS key id" hint="Optional: empty for the bucket's own." />
        ) : null}
      </div>
    </details>
  );
}
