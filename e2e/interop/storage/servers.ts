import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { silenceAwsVersionNotice } from "@/server/platform/env";
import { stopChild } from "../programs";
import { tail } from "../report";
import type { Subject } from "./subject";

/** A server that listens on a port of this machine, until `stop`. */
export interface ListeningServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Starts a program on a free port and waits until it answers HTTP there; it fails with the end of what was printed. */
export async function startListening(
  program: string,
  args: (port: number) => string[],
  env: Record<string, string> = {},
): Promise<ListeningServer> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn(program, args(port), { env: { ...process.env, ...env } });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-10_000);
    });
  }
  child.on("error", (error) => {
    said += error.message;
  });
  for (let waitedMs = 0; waitedMs < 30_000 && child.exitCode === null; waitedMs += 200) {
    if (await fetch(endpoint).catch(() => null)) return { endpoint, stop: () => stopChild(child) };
    await sleep(200);
  }
  await stopChild(child);
  throw new Error(`${program} did not answer on its port\n${tail(said)}`);
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export const S3_USER = { accessKeyId: "interop-user", secretAccessKey: "interop-secret-word" };
const WRONG_SECRET = "quite-another-word";

/** An S3 server to hold to the contract, with a bucket that cannot lock and one that can. */
export async function s3Subject(name: string, endpoint: string): Promise<Subject> {
  silenceAwsVersionNotice();
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials: S3_USER });
  await client.send(new CreateBucketCommand({ Bucket: "plain-bucket" }));
  await client.send(new CreateBucketCommand({ Bucket: "locked-bucket", ObjectLockEnabledForBucket: true }));
  client.destroy();
  return {
    name,
    scheme: "s3",
    bucket: "plain-bucket",
    lockedBucket: "locked-bucket",
    query: `endpoint=${endpoint}&pathStyle=1`,
    credentials: { kind: "s3", ...S3_USER },
    limits: { noLocks: "its other bucket can" },
    wrong: {
      bucket: "no-such-bucket",
      secret: { kind: "s3", ...S3_USER, secretAccessKey: WRONG_SECRET },
      user: { kind: "s3", accessKeyId: "interop-nobody", secretAccessKey: WRONG_SECRET },
    },
    secrets: [S3_USER.secretAccessKey, WRONG_SECRET],
  };
}

/** fake-gcs-server knows no users, so only its buckets can be missed. */
export async function gcsSubject(name: string, endpoint: string): Promise<Subject> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ name: "plain-bucket" });
  const answer = await fetch(`${endpoint}/storage/v1/b`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`the bucket could not be made: ${answer.status}`);
  return {
    name,
    scheme: "gs",
    bucket: "plain-bucket",
    query: `endpoint=${endpoint}`,
    credentials: { kind: "none" },
    limits: { noLocks: "not built for Cloud Storage" },
    wrong: { bucket: "no-such-bucket" },
    secrets: [],
  };
}
