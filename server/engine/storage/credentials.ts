import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import { DomainError } from "@/server/platform/errors/domain-error";
import type { StorageLocation } from "./location";

const secret = z.string().check(z.trim(), z.minLength(1), z.maxLength(8192));

/**
 * What a storage asks for before it lets us in. Never part of a URL, never in a message. `none` sends requests without a
 * name: folders need nothing else, and emulators and public containers take it. There is no kind for "whatever this
 * machine may do": whoever can enter a storage must not come to act as the machine.
 */
export const StorageCredentials = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("s3"),
    accessKeyId: secret,
    secretAccessKey: secret,
    sessionToken: z.optional(secret),
  }),
  z.object({ kind: z.literal("azure"), accountKey: secret }),
  z.object({ kind: z.literal("azure-sas"), sasToken: secret }),
  z.object({
    kind: z.literal("gcs"),
    serviceAccountJson: z
      .string()
      .check(z.maxLength(16_384), z.refine(isServiceAccount, "not a service account's key")),
  }),
  z.object({ kind: z.literal("none") }),
]);
export type StorageCredentials = z.infer<typeof StorageCredentials>;

/** The two members of a service account's key file that are used; others (addresses, commands to run) are ignored. */
export interface ServiceAccount {
  readonly client_email: string;
  readonly private_key: string;
}

const ServiceAccountFile = z.object({
  type: z.literal("service_account"),
  client_email: z.string().check(z.minLength(1)),
  private_key: z.string().check(z.minLength(1)),
});

/** Reads a service account's key file. Throws VALIDATION_ERROR, without any of its content, when it is not one. */
export function parseServiceAccount(json: string): ServiceAccount {
  try {
    const { client_email, private_key } = ServiceAccountFile.parse(JSON.parse(json));
    return { client_email, private_key };
  } catch {
    throw new DomainError("VALIDATION_ERROR", { message: "this is not the key file of a service account" });
  }
}

function isServiceAccount(json: string): boolean {
  try {
    return ServiceAccountFile.safeParse(JSON.parse(json)).success;
  } catch {
    return false;
  }
}

/**
 * The credentials that environment variables hold for a location: AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY (and
 * AWS_SESSION_TOKEN), AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, GOOGLE_APPLICATION_CREDENTIALS (a file, read at
 * once). `none` where they hold nothing. For the command line: the portal has the credentials of each target and must
 * not fall back on the process's own. Throws VALIDATION_ERROR for half a pair and for a file that cannot be used.
 */
export function credentialsFromEnv(
  location: StorageLocation,
  variables: Record<string, string | undefined>,
): StorageCredentials {
  switch (location.scheme) {
    case "s3":
      return s3FromEnv(variables);
    case "azblob":
      if (variables.AZURE_STORAGE_KEY) return { kind: "azure", accountKey: variables.AZURE_STORAGE_KEY };
      if (!variables.AZURE_STORAGE_SAS_TOKEN) return { kind: "none" };
      return { kind: "azure-sas", sasToken: variables.AZURE_STORAGE_SAS_TOKEN };
    case "gs":
      return gcsFromEnv(variables.GOOGLE_APPLICATION_CREDENTIALS);
    case "file":
      return { kind: "none" };
  }
}

function s3FromEnv(variables: Record<string, string | undefined>): StorageCredentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = variables;
  if (!accessKeyId && !secretAccessKey) return { kind: "none" };
  if (!accessKeyId || !secretAccessKey) {
    const message = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together; one of them is not set";
    throw new DomainError("VALIDATION_ERROR", { message });
  }
  const sessionToken = variables.AWS_SESSION_TOKEN;
  return { kind: "s3", accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function gcsFromEnv(file: string | undefined): StorageCredentials {
  if (!file) return { kind: "none" };
  let serviceAccountJson: string;
  try {
    serviceAccountJson = readFileSync(file, "utf8");
  } catch (cause) {
    const message = "the file that GOOGLE_APPLICATION_CREDENTIALS names cannot be read";
    throw new DomainError("VALIDATION_ERROR", { message, cause });
  }
  parseServiceAccount(serviceAccountJson);
  return { kind: "gcs", serviceAccountJson };
}
