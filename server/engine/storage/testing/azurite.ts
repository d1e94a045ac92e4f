import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";

/** The one account that Azurite begins with; its key is public (learn.microsoft.com/azure/storage/common/storage-use-azurite). */
export const AZURITE_ACCOUNT = "devstoreaccount1";
export const AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

interface BlobServer {
  readonly httpServer: Server;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Azurite's blob service in this process and in memory, on a free port, with one container. */
export async function startAzurite(container: string): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const require = createRequire(import.meta.url);
  const { default: Configuration } = require("azurite/dist/src/blob/BlobConfiguration.js") as {
    default: new (...options: unknown[]) => unknown;
  };
  const { default: Server } = require("azurite/dist/src/blob/BlobServer.js") as {
    default: new (configuration: unknown) => BlobServer;
  };
  const inMemory = { accessLog: false, debugLog: false, loose: false, skipApiVersionCheck: true };
  const configuration = new Configuration(
    "127.0.0.1",
    0,
    undefined,
    undefined,
    undefined,
    undefined,
    inMemory.accessLog,
    undefined,
    inMemory.debugLog,
    undefined,
    inMemory.loose,
    inMemory.skipApiVersionCheck,
    "",
    "",
    "",
    undefined,
    false,
    true,
  );
  const server = new Server(configuration);
  await server.start();
  const { port } = server.httpServer.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}/${AZURITE_ACCOUNT}`;
  const credential = new StorageSharedKeyCredential(AZURITE_ACCOUNT, AZURITE_KEY);
  await new BlobServiceClient(endpoint, credential).createContainer(container);
  return { endpoint, stop: () => server.close() };
}
