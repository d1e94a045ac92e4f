import type { StorageKind, TargetCredentials } from "@/server/domain/storage/schema";

/** What a form for a target holds, kind by kind; empty where nothing was typed. */
export interface TargetFields {
  bucket: string;
  account: string;
  folder: string;
  region: string;
  endpoint: string;
  pathStyle: boolean;
  sse: "" | "AES256" | "aws:kms";
  kmsKeyId: string;
  objectLock: boolean;
  accessKeyId: string;
  secretAccessKey: string;
  azureWith: "accountKey" | "sasToken";
  azureSecret: string;
  serviceAccountJson: string;
}

export const NO_FIELDS: TargetFields = {
  bucket: "",
  account: "",
  folder: "",
  region: "",
  endpoint: "",
  pathStyle: false,
  sse: "",
  kmsKeyId: "",
  objectLock: false,
  accessKeyId: "",
  secretAccessKey: "",
  azureWith: "accountKey",
  azureSecret: "",
  serviceAccountJson: "",
};

export type NewKind = Exclude<StorageKind, "INSTALLATION">;

/** The target's URL, as docs/storage.md writes them; null while something it needs is missing. */
export function locationOf(kind: NewKind, fields: TargetFields): string | null {
  const { bucket, account, region, endpoint } = fields;
  switch (kind) {
    case "S3":
      if (!bucket || (!region && !endpoint)) return null;
      return withOptions(`s3://${bucket}${below(fields.folder)}`, {
        region,
        endpoint,
        pathStyle: fields.pathStyle ? "1" : "",
        sse: fields.sse,
        kmsKeyId: fields.sse === "aws:kms" ? fields.kmsKeyId : "",
        objectLock: fields.objectLock ? "1" : "",
      });
    case "AZURE":
      if (!account || !bucket) return null;
      return withOptions(`azblob://${account}/${bucket}${below(fields.folder)}`, { endpoint });
    case "GCS":
      return bucket ? withOptions(`gs://${bucket}${below(fields.folder)}`, { endpoint }) : null;
    case "FOLDER":
      return fields.folder ? folderUrl(fields.folder) : null;
  }
}

/** The credentials that were typed; null while something is missing. */
export function credentialsOf(kind: StorageKind, fields: TargetFields): TargetCredentials | null {
  switch (kind) {
    case "S3": {
      const { accessKeyId, secretAccessKey } = fields;
      return accessKeyId && secretAccessKey ? { kind: "s3", accessKeyId, secretAccessKey } : null;
    }
    case "AZURE":
      if (!fields.azureSecret) return null;
      return fields.azureWith === "accountKey"
        ? { kind: "azure", accountKey: fields.azureSecret }
        : { kind: "azure-sas", sasToken: fields.azureSecret };
    case "GCS":
      return fields.serviceAccountJson ? { kind: "gcs", serviceAccountJson: fields.serviceAccountJson } : null;
    case "FOLDER":
    case "INSTALLATION":
      return { kind: "none" };
  }
}

function below(folder: string): string {
  const path = folder.trim().replace(/^\/+|\/+$/g, "");
  return path ? `/${path}` : "";
}

function folderUrl(path: string): string {
  const absolute = path.trim().replaceAll("\\", "/").replace(/^\/*/, "/");
  return `file://${absolute.split("/").map(encodeURIComponent).join("/")}`;
}

function withOptions(url: string, options: Record<string, string>): string {
  const given = Object.entries(options).filter(([, value]) => value.trim() !== "");
  return given.length === 0 ? url : `${url}?${new URLSearchParams(given).toString()}`;
}
