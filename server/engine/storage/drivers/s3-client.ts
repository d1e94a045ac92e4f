import type * as s3Sdk from "@aws-sdk/client-s3";
import { silenceAwsVersionNotice } from "@/server/platform/env";
import type { StorageCredentials } from "../credentials";
import type { S3Location } from "../location";
import { CONNECT_TIMEOUT_MS, SILENCE_TIMEOUT_MS, type Connections } from "./connections";

/** The SDK's module, loaded at the first use of any bucket. */
export type S3Sdk = typeof s3Sdk;

export interface OpenedS3 {
  readonly client: s3Sdk.S3Client;
  readonly sdk: S3Sdk;
}

/**
 * Loads the SDK and makes a client that takes nothing from the machine's own AWS settings: neither credentials nor
 * endpoints. It tries once (RetryingStore tries again), and sends checksums only where S3 demands them: other servers
 * store the framing of a checksummed stream as content. Rejects with what `connections.allow` rejects with.
 */
export async function openS3Client(
  location: S3Location,
  credentials: StorageCredentials,
  connections: Connections,
): Promise<OpenedS3> {
  if (location.host) await connections.allow(location.host);
  silenceAwsVersionNotice();
  const sdk = await import("@aws-sdk/client-s3");
  const client = new sdk.S3Client({
    region: location.region,
    ...(location.endpoint ? { endpoint: location.endpoint } : { followRegionRedirects: true }),
    ignoreConfiguredEndpointUrls: true,
    forcePathStyle: location.pathStyle,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    maxAttempts: 1,
    retryMode: "standard",
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      httpAgent: connections.http,
      httpsAgent: connections.https,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_TIMEOUT_MS,
    },
    ...identity(credentials),
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      const output = await next(args);
      connections.noteServerDate((output.response as { headers?: Record<string, string> } | undefined)?.headers?.date);
      return output;
    },
    // The innermost place: errors are made of answers further out.
    { step: "deserialize", priority: "low", name: "noteServerDate" },
  );
  return { client, sdk };
}

function identity(credentials: StorageCredentials) {
  if (credentials.kind === "s3") {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } };
  }
  // Nobody: requests go out as they are.
  return {
    credentials: { accessKeyId: "", secretAccessKey: "" },
    signer: { sign: <R>(request: R) => Promise.resolve(request) },
  };
}
