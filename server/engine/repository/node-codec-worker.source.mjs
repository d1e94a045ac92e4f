/** Loads the worker from TypeScript in a worker thread: Node 20 runs --import tsx in the main thread only. */
import { register } from "tsx/esm/api";

register();
const { default: run } = await import("./node-codec-worker.ts");
export default run;
