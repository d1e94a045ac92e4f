import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EJSON } from "bson";
import { MongoClient } from "mongodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type RunningServer } from "../server";
import { unmetRequirement, type SpecFile } from "./format";
import notYetPassing from "./not-yet-passing.json";
import { runTest } from "./runner";

/**
 * The drivers' unified specification tests against our server, through the official driver. A test that is listed in
 * not-yet-passing.json must fail, any other must pass: so the list can only shrink.
 */
const VERSION = "8.0.4";
const FOLDERS = ["crud", "collection-management", "index-management", "retryable-writes", "run-command", "sessions"];
const root = process.env.HOLDFAST_TEST_DATA ? join(process.env.HOLDFAST_TEST_DATA, "spec-tests") : null;
const hasTests = root !== null && existsSync(root);
const waiting: Record<string, string> = notYetPassing;

function filesOf(folder: string): string[] {
  const entries = readdirSync(join(root!, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".json"))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

let server: RunningServer;
let admin: MongoClient;
let dataDir: string;
let uri: string;

describe.skipIf(!hasTests)("the drivers' specification tests (HOLDFAST_TEST_DATA/spec-tests)", () => {
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "holdfast-spec-"));
    server = await startServer({ dataDir, version: VERSION, testCommands: true });
    // As the member of a replica set, the way the tests expect; a direct connection would send other read preferences.
    uri = server.uri.replace("directConnection=true", "replicaSet=rs0");
    admin = await new MongoClient(uri).connect();
  });

  afterAll(async () => {
    await admin?.close();
    await server?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const seen = new Set<string>();

  for (const folder of hasTests ? FOLDERS : []) {
    for (const path of filesOf(folder)) {
      const file = EJSON.parse(readFileSync(path, "utf8"), { relaxed: true }) as unknown as SpecFile;
      describe(`${folder}: ${file.description}`, () => {
        for (const test of file.tests) {
          const key = `${folder}/${file.description}: ${test.description}`;
          seen.add(key);
          const unmet =
            test.skipReason ??
            unmetRequirement(file.runOnRequirements, VERSION) ??
            unmetRequirement(test.runOnRequirements, VERSION);
          if (unmet !== null) {
            it.skip(`${test.description} (${unmet})`, () => undefined);
            continue;
          }
          it(test.description, async () => {
            const reason = waiting[key];
            const failure = await runTest(file, test, uri, admin).then(
              () => null,
              (error: unknown) => error,
            );
            if (reason === undefined) {
              if (failure !== null) throw failure;
            } else expect(failure, `passes now: take it off not-yet-passing.json (${reason})`).not.toBeNull();
          });
        }
      });
    }
  }

  it("lists only tests that exist", () => {
    expect(Object.keys(waiting).filter((key) => !seen.has(key))).toEqual([]);
  });
});
