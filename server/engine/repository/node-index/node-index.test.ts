import { MemoryNodeIndex } from "./memory-node-index";
import { describeNodeIndex } from "./node-index-suite";

describeNodeIndex("memory", async () => ({ index: new MemoryNodeIndex(), close: () => Promise.resolve() }));
