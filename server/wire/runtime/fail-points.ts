import { commandError } from "../command-error";
import { boolField, documentField, isDocument, numberField, toNumber, type Document } from "../protocol/decode";

interface FailPoint {
  /** How often it still fires; Infinity for alwaysOn. */
  times: number;
  skip: number;
  data: Document;
}

/** The only fail point that drivers' tests need: failCommand. */
export class FailPoints {
  #failCommand: FailPoint | null = null;

  /** configureFailPoint: {mode: "off" | "alwaysOn" | {times} | {skip}, data}. */
  configure(name: string, body: Document): void {
    if (name !== "failCommand") throw commandError(2, `cannot find fail point '${name}'`);
    const { mode } = body;
    if (mode === "off") this.#failCommand = null;
    else if (mode === "alwaysOn") this.#failCommand = { times: Infinity, skip: 0, data: documentField(body, "data") };
    else if (isDocument(mode)) {
      const times = "times" in mode ? numberField(mode, "times", 0) : Infinity;
      this.#failCommand = { times, skip: numberField(mode, "skip", 0), data: documentField(body, "data") };
    } else throw commandError(9, "'mode' must be a string or an object");
  }

  /** What is to happen to this command, or null. Counts. */
  hit(command: string, appName: string): Document | null {
    const point = this.#failCommand;
    if (!point || command === "configureFailPoint") return null;
    const commands = point.data.failCommands;
    if (!Array.isArray(commands) || !commands.includes(command)) return null;
    if (typeof point.data.appName === "string" && point.data.appName !== appName) return null;
    if (point.skip > 0) {
      point.skip -= 1;
      return null;
    }
    if (point.times <= 0) return null;
    point.times -= 1;
    return point.data;
  }
}

/** How long the fail point blocks, in milliseconds; 0 for not at all. */
export function blockTimeMs(data: Document): number {
  return boolField(data, "blockConnection") ? numberField(data, "blockTimeMS", 0) : 0;
}

/** The error that the fail point makes, or null. */
export function failPointError(data: Document): Error | null {
  const code = toNumber(data.errorCode);
  if (code === null) return null;
  const error = commandError(code, "Failing command via 'failCommand' failpoint");
  if (Array.isArray(data.errorLabels)) error.labels.push(...data.errorLabels.map(String));
  return error;
}
