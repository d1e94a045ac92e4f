import { readFileSync } from "node:fs";
import { MongoClient } from "mongodb";
import { z } from "zod";
import { changeDocuments, getDocuments, rawInsert, rawRead, restore, snapshot, verify } from "./works";

/**
 * One piece of the bench's work in a process of its own, so that its memory is its own. Reads what to do as JSON from
 * standard input and prints what came out as one line of JSON.
 */
const WORKS = { rawInsert, rawRead, snapshot, changeDocuments, verify, getDocuments, restore };

const Task = z.object({
  work: z.enum(Object.keys(WORKS) as Array<keyof typeof WORKS>),
  uri: z.string(),
  folder: z.string(),
  manifestId: z.string().nullable(),
});

export type Task = z.infer<typeof Task>;

export interface TaskResult {
  seconds: number;
  cpuSeconds: number;
  bytes: number;
  documents: number;
  storedBytes: number | null;
  manifestId: string | null;
}

const task = Task.parse(JSON.parse(readFileSync(0, "utf8")));
const client = await new MongoClient(task.uri, { maxPoolSize: 16 }).connect();
const startedAt = performance.now();
const cpuBefore = process.cpuUsage();
const done = await WORKS[task.work]({ client, folder: task.folder, manifestId: task.manifestId });
const seconds = (performance.now() - startedAt) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
const cpuSeconds = (user + system) / 1e6;
const result: TaskResult = { seconds, cpuSeconds, storedBytes: null, manifestId: null, ...done };
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
