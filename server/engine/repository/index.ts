/** The repository, section by section; repository.ts says what is always true of it. */
export type { RepositoryKeys } from "./keys";
export type { KeyWrapper } from "./key-envelope";
export type { CollectionManifest, MemberManifest, SnapshotCatalogue, SnapshotManifest } from "./manifest";
export { MemoryNodeIndex } from "./memory-node-index";
export type { NodeIndex, NodeLocation, PackRecord } from "./node-index";
export { Repository, type OpenRepository } from "./repository";
export type { VerifyProblem, VerifyProgress, VerifyReport } from "./verify";
export type { RepositoryWriter, WriterTotals } from "./writer";
