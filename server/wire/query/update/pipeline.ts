import { commandError } from "../../command-error";
import type { Collation } from "../collation";
import type { Raw } from "../raw";

export interface UpdatePipelineContext {
  readonly collation: Collation | null;
  readonly now: Date;
  readonly variables: Readonly<Record<string, Raw>>;
}

export function compileUpdatePipeline(_stages: readonly Raw[], _context: UpdatePipelineContext): (doc: Raw) => Buffer {
  throw commandError(238, "not yet");
}
