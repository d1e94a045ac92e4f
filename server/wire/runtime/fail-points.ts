import { commandError, type CommandError } from "../command-error";
import { boolField, documentField, isDocument, numberField, toNumber, type Document } from "../protocol/decode";

/** What a retryable write asks before it commits. */
const WRITE = "onPrimaryTransactionalWrite";
const NAMES = new Set(["failCommand", WRITE]);

interface FailPoint {
  /** How often it still fires; Infinity for alwaysOn. */
  times: number;
  skip: number;
  data: Document;
}

/** The fail points that drivers' tests need: failCommand and onPrimaryTransactionalWrite. */
export class FailPoints {
  readonly #points = new Map<string, FailPoint>();

  /** configureFailPoint: {mode: "off" | "alwaysOn" | {times} | {skip}, data}. */
  configure(name: string, body: Document): void {
    if (!NAMES.has(name)) throw commandError(2, `cannot find fail point '${name}'`);
    const { mode } = body;
    const data = documentField(body, "data");
    if (mode === "off") this.#points.delete(name);
    else if (mode === "alwaysOn") this.#points.set(name, { times: Infinity, skip: 0, data });
    else if (isDocument(mode)) {
      const times = "times" in mode ? numberField(mode, "times", 0) : Infinity;
      this.#points.set(name, { times, skip: numberField(mode, "skip", 0), data });
    } else throw commandError(9, "'mode' must be a string or an object");
  }

  /** What is to happen to this command, or null. Counts. */
  hit(command: string, appName: string): Document | null {
    const point = this.#points.get("failCommand");
    if (!point || command === "configureFailPoint") return null;
    const commands = point.data.failCommands;
    if (!Array.isArray(commands) || !commands.includes(command)) return null;
    if (typeof point.data.appName === "string" && point.data.appName !== appName) return null;
    return count(point);
  }

  /**
   * A retryable write is about to commit. Closes its connection, unless the fail point says otherwise, and throws
   * where the write is not to be done at all. Counts.
   */
  beforeRetryableCommit(connection: { close(): void }): void {
    const point = this.#points.get(WRITE);
    const data = point && count(point);
    if (!data) return;
    if (boolField(data, "closeConnection", true)) connection.close();
    const code = toNumber(data.failBeforeCommitExceptionCode);
    if (code !== null) throw commandError(code, `Failing write for ${WRITE} failpoint`);
  }
}

function count(point: FailPoint): Document | null {
  if (point.skip > 0) {
    point.skip -= 1;
    return null;
  }
  if (point.times <= 0) return null;
  point.times -= 1;
  return point.data;
}

/** How long the fail point blocks, in milliseconds; 0 for not at all. */
export function blockTimeMs(data: Document): number {
  return boolField(data, "blockConnection") ? numberField(data, "blockTimeMS", 0) : 0;
}

/** The labels that replace the server's own, or null when the fail point says nothing about them. */
export function failPointLabels(data: Document): string[] | null {
  return Array.isArray(data.errorLabels) ? data.errorLabels.map(String) : null;
}

/** The error that the fail point makes, or null. */
export function failPointError(data: Document): CommandError | null {
  const code = toNumber(data.errorCode);
  if (code === null) return null;
  const error = commandError(code, "Failing command via 'failCommand' failpoint");
  const labels = failPointLabels(data);
  if (labels) {
    error.labels.push(...labels);
    error.labelsGiven = true;
  }
  return error;
}
