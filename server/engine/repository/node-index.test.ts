import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LmdbNodeIndex } from "./lmdb-node-index";
import { MemoryNodeIndex } from "./memory-node-index";
import { describeNodeIndex } from "./node-index-suite";

describeNodeIndex("memory", async () => ({ index: new MemoryNodeIndex(), close: () => Promise.resolve() }));

describeNodeIndex("LMDB", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-index-"));
  const index = new LmdbNodeIndex(join(folder, "index.mdb"));
  return {
    index,
    close: async () => {
      await index.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
