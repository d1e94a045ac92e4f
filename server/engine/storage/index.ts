/** Object storage; storage.ts says what a store promises, docs/storage.md how each kind is set up. */
export { credentialsFromEnv, StorageCredentials } from "./credentials";
export { parseStorageUrl, type StorageLocation } from "./location";
export { probeStorage, type ProbeResult, type ProbeStep } from "./probe";
export { openObjectStore, type OpenStoreOptions } from "./registry";
export { readObject, type ObjectStore } from "./storage";
