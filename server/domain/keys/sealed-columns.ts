import { HA1_PURPOSE } from "@/server/auth/api-key-secret";
import { EMBEDDED_PASSWORD_PURPOSE } from "@/server/jobs/definitions/embedded-deployment";
import { CONNECTION_PURPOSE } from "../clusters/open-deployment";
import { ID_KEY_PURPOSE, REPOSITORY_KEY_PURPOSE } from "../repositories/open-repository";
import { CREDENTIALS_PURPOSE } from "../storage/open-target";

/** A column whose values are sealed with the installation key. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** The table's primary key, of one column. */
  readonly key: string;
  readonly purpose: string;
}

/**
 * Everything in the database that the installation key seals, beside SEALED_SETTINGS. Rotation reseals exactly these; a
 * test holds the list against the schema.
 */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: "Organization", column: "idKeySealed", key: "id", purpose: ID_KEY_PURPOSE },
  { table: "Repository", column: "keySealed", key: "id", purpose: REPOSITORY_KEY_PURPOSE },
  { table: "StorageTarget", column: "credentialsSealed", key: "id", purpose: CREDENTIALS_PURPOSE },
  { table: "Cluster", column: "connectionSealed", key: "id", purpose: CONNECTION_PURPOSE },
  { table: "EmbeddedDeployment", column: "rootPasswordSealed", key: "clusterId", purpose: EMBEDDED_PASSWORD_PURPOSE },
  { table: "ApiKey", column: "ha1Sealed", key: "id", purpose: HA1_PURPOSE },
];

/** Settings whose value has a member `sealed` in base64: setting key -> purpose. */
export const SEALED_SETTINGS: Readonly<Record<string, string>> = { demo: "demo.facts" };

/**
 * What is derived from the installation key instead of sealed with it, and what people notice after a rotation: the
 * purposes of InstallationKey.derive.
 */
export const DERIVED_SECRETS: Readonly<Record<string, string>> = {
  "next-auth": "Everybody signs in again.",
  "rest digest nonce": "API clients are asked for their digest once more, which they answer by themselves.",
};
