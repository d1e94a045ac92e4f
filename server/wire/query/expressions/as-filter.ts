import { commandError } from "../../command-error";
import type { Raw } from "../raw";

export function compileExpressionFilter(_expression: Raw, _context: unknown): (doc: Raw) => boolean {
  throw commandError(168, "Unrecognized expression");
}
