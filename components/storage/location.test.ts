import { describe, expect, it } from "vitest";
import { parseStorageUrl } from "@/server/engine/storage";
import { credentialsOf, locationOf, NO_FIELDS } from "./location";

describe("what is typed into the form", () => {
  it("becomes the URL that the server reads the same way", () => {
    const s3 = locationOf("S3", {
      ...NO_FIELDS,
      bucket: "backups",
      folder: "/holdfast/eu/",
      region: "eu-central-1",
      endpoint: "https://minio.example.com:9000",
      pathStyle: true,
      sse: "aws:kms",
      kmsKeyId: "arn:aws:kms:eu:1:key/2",
      objectLock: true,
    });
    expect(parseStorageUrl(s3!)).toMatchObject({
      bucket: "backups",
      prefix: "holdfast/eu/",
      region: "eu-central-1",
      endpoint: "https://minio.example.com:9000",
      pathStyle: true,
      sse: "aws:kms",
      kmsKeyId: "arn:aws:kms:eu:1:key/2",
      objectLock: true,
    });
    const azure = locationOf("AZURE", { ...NO_FIELDS, account: "holdfast", bucket: "snapshots", folder: "a" });
    expect(parseStorageUrl(azure!)).toMatchObject({ account: "holdfast", container: "snapshots", prefix: "a/" });
    const gcs = locationOf("GCS", { ...NO_FIELDS, bucket: "backups" });
    expect(parseStorageUrl(gcs!)).toMatchObject({ bucket: "backups", prefix: "", endpoint: null });
    const folder = locationOf("FOLDER", { ...NO_FIELDS, folder: "/mnt/second disk/100 %?#" });
    expect(parseStorageUrl(folder!)).toMatchObject({ path: "/mnt/second disk/100 %?#" });
  });

  it("is nothing while something is missing", () => {
    expect(locationOf("S3", { ...NO_FIELDS, bucket: "backups" })).toBeNull();
    expect(locationOf("S3", { ...NO_FIELDS, bucket: "backups", endpoint: "http://x" })).not.toBeNull();
    expect(locationOf("AZURE", { ...NO_FIELDS, bucket: "c" })).toBeNull();
    expect(credentialsOf("S3", { ...NO_FIELDS, accessKeyId: "AKIA" })).toBeNull();
    expect(credentialsOf("AZURE", NO_FIELDS)).toBeNull();
  });

  it("gives credentials of the kind that was chosen, and nothing of the others", () => {
    const all = {
      ...NO_FIELDS,
      accessKeyId: "AKIA",
      secretAccessKey: "s",
      azureSecret: "sv=1",
      serviceAccountJson: "{}",
    };
    expect(credentialsOf("S3", all)).toEqual({ kind: "s3", accessKeyId: "AKIA", secretAccessKey: "s" });
    expect(credentialsOf("AZURE", { ...all, azureWith: "sasToken" })).toEqual({ kind: "azure-sas", sasToken: "sv=1" });
    expect(credentialsOf("GCS", all)).toEqual({ kind: "gcs", serviceAccountJson: "{}" });
    expect(credentialsOf("FOLDER", all)).toEqual({ kind: "none" });
  });
});
