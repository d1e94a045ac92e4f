/** The repository, section by section; repository.ts says what is always true of it. */
export type { RepositoryKeys } from "./keys/keys";
export type { KeyWrapper } from "./keys/key-envelope";
export type { CollectionManifest, MemberManifest, SnapshotCatalogue, SnapshotManifest } from "./manifest";
export { MemoryNodeIndex } from "./node-index/memory-node-index";
export type { NodeIndex, NodeLocation, PackRecord } from "./node-index/node-index";
export { Repository, type OpenRepository } from "./repository";
export type { VerifyProblem, VerifyProgress, VerifyReport } from "./check/verify";
export type { RepositoryWriter, WriterTotals } from "./writer";
