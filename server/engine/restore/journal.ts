/**
 * What a restore writes down so that another worker can finish it or put everything back. A state is durable before
 * the phase that it announces begins:
 *
 *   loading      staging collections are being filled; nothing of the target was touched
 *   swapping     every staging collection is proven; collections are being renamed
 *   committed    the new state is the state; what is left is tidying up, and there is no way back
 *   rollingBack  something failed before the commit; the old state is being put back
 *   done         nothing is left to do
 */
export const JOURNAL_PHASES = ["loading", "swapping", "committed", "rollingBack", "done"] as const;
export type JournalPhase = (typeof JOURNAL_PHASES)[number];

/** One namespace that the swap changes. Names are collection names inside `database`. */
export interface SwapEntry {
  database: string;
  name: string;
  /** Where the new collection waits; null when the snapshot has none of this name. */
  staging: string | null;
  stagingUuid: string | null;
  /** Where the old collection goes; null when the target has none of this name. */
  aside: string | null;
  asideUuid: string | null;
}

/** Views cannot be renamed, so their definitions are kept: options as canonical Extended JSON. */
export interface ViewDefinition {
  database: string;
  name: string;
  options: string;
}

/** An expiry that is switched off while documents are loaded and judged. */
export interface ParkedExpiry {
  database: string;
  name: string;
  /** The index that expires documents; null when the collection itself does (clustered). */
  index: string | null;
  expireAfterSeconds: number;
}

export interface JournalState {
  version: 1;
  runId: string;
  manifestId: string;
  phase: JournalPhase;
  entries: SwapEntry[];
  viewsToDrop: ViewDefinition[];
  viewsToCreate: ViewDefinition[];
  parked: ParkedExpiry[];
  /** What the report will say about the collections; known once they are proven. */
  result: RestoreResult | null;
}

export interface RestoreJournal {
  read(): Promise<JournalState | null>;
  /** Durable when it resolves. */
  write(state: JournalState): Promise<void>;
  /** From here on nobody can cancel. Throws RUN_CANCELLED when somebody did before. */
  beforeCommit(): Promise<void>;
}

export interface RestoredCollection {
  database: string;
  name: string;
  documents: number;
  bytes: number;
  indexes: number;
  /** Canonical roots in hexadecimal; null for an empty collection. */
  sourceRoot: string | null;
  restoredRoot: string | null;
}

/** The facts of the report. */
export interface RestoreResult {
  documents: number;
  bytes: number;
  collections: RestoredCollection[];
  views: Array<{ database: string; name: string }>;
  /** Namespaces of the target that the snapshot does not have; they are gone. */
  removed: string[];
  /** What is not as in the snapshot, by which rule. */
  differences: Array<{ namespace: string; what: string }>;
  timings: Array<{ step: string; ms: number }>;
}
