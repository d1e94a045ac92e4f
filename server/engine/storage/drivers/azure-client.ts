import type * as azureSdk from "@azure/storage-blob";
import { DomainError } from "@/server/platform/errors/domain-error";
import type { StorageCredentials } from "../credentials";
import type { AzureLocation } from "../location";
import { SILENCE_TIMEOUT_MS, type Connections } from "./connections";

/**
 * Loads the SDK and makes a client of one container that tries once (RetryingStore tries again). Rejects with what
 * `connections.allow` rejects with, and with STORAGE_CREDENTIALS_WRONG for an account key that is none.
 */
export async function openAzureContainer(
  location: AzureLocation,
  credentials: StorageCredentials,
  connections: Connections,
): Promise<azureSdk.ContainerClient> {
  if (location.host) await connections.allow(location.host);
  const sdk = await import("@azure/storage-blob");
  const service = location.endpoint ?? `https://${location.account}.blob.core.windows.net`;
  const signature = credentials.kind === "azure-sas" ? `?${credentials.sasToken.replace(/^\?/, "")}` : "";
  const pipeline = sdk.newPipeline(identity(sdk, location.account, credentials), {
    retryOptions: { maxTries: 1, tryTimeoutInMs: SILENCE_TIMEOUT_MS * 5 },
  });
  pipeline.factories.push(ourConnections(location, connections));
  return new sdk.ContainerClient(`${service}/${location.container}${signature}`, pipeline);
}

function identity(sdk: typeof azureSdk, account: string, credentials: StorageCredentials) {
  if (credentials.kind !== "azure") return new sdk.AnonymousCredential();
  try {
    return new sdk.StorageSharedKeyCredential(account, credentials.accountKey);
  } catch {
    throw new DomainError("STORAGE_CREDENTIALS_WRONG", { message: "the account key is not one" });
  }
}

/** Sends requests over our guarded connections and notes what time the service says it is. */
function ourConnections({ endpoint }: AzureLocation, connections: Connections): azureSdk.RequestPolicyFactory {
  const agent = endpoint?.startsWith("http:") ? connections.http : connections.https;
  return {
    create: (next) => ({
      sendRequest: async (request) => {
        request.agent = agent;
        const response = await next.sendRequest(request);
        connections.noteServerDate(response.headers.get("date"));
        return response;
      },
    }),
  };
}
