import { fileURLToPath } from "node:url";
import { bundleBench } from "../../supervisor/build.mjs";

/** `npm run bench`: builds the bench with all that it measures, then runs it; what it takes is in run.ts. */
const folder = new URL("../../../.build/bench/", import.meta.url);
await bundleBench(fileURLToPath(folder));
await import(new URL("run.mjs", folder).href);
