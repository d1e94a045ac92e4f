import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installGoProgram, VERSIONS } from "../install";
import { interopSource, makeFolder, repositoryRoot, run } from "../programs";
import { tail, type Report } from "../report";
import { gcsSubject, S3_USER, s3Subject, startListening, type ListeningServer } from "../storage/servers";
import { SUBJECT_VARIABLE, type Subject } from "../storage/subject";

/** versitygw on a folder, with versions and Object Lock. */
export function checkVersitygw(report: Report): Promise<void> {
  const source = `github.com/versity/versitygw/cmd/versitygw@${VERSIONS.versitygw}`;
  const { accessKeyId, secretAccessKey } = S3_USER;
  return checkServer(report, "versitygw", source, s3Subject, (program, folder) =>
    startListening(program, (port) => [
      ...["--access", accessKeyId, "--secret", secretAccessKey],
      ...["--port", `127.0.0.1:${port}`, "--region", "us-east-1", "posix"],
      ...["--versioning-dir", makeFolder(folder, "versions"), makeFolder(folder, "data")],
    ]),
  );
}

/** MinIO: a second opinion on S3, whose refusals differ. */
export function checkMinio(report: Report): Promise<void> {
  const env = {
    MINIO_ROOT_USER: S3_USER.accessKeyId,
    MINIO_ROOT_PASSWORD: S3_USER.secretAccessKey,
    MINIO_BROWSER: "off",
  };
  return checkServer(report, "minio", `github.com/minio/minio@${VERSIONS.minio}`, s3Subject, (program, folder) =>
    startListening(program, (port) => ["server", "--quiet", "--address", `127.0.0.1:${port}`, folder], env),
  );
}

/** fake-gcs-server on a folder. */
export function checkFakeGcs(report: Report): Promise<void> {
  const source = `github.com/fsouza/fake-gcs-server@${VERSIONS.fakeGcs}`;
  return checkServer(report, "fake-gcs-server", source, gcsSubject, (program, folder) =>
    startListening(program, (port) => [
      ...["-scheme", "http", "-host", "127.0.0.1", "-port", String(port), "-public-host", `127.0.0.1:${port}`],
      ...["-external-url", `http://127.0.0.1:${port}`, "-backend", "filesystem", "-filesystem-root", folder],
    ]),
  );
}

async function checkServer(
  report: Report,
  name: string,
  source: string,
  subject: (name: string, endpoint: string) => Promise<Subject>,
  start: (program: string, folder: string) => Promise<ListeningServer>,
): Promise<void> {
  const installed = await installGoProgram(name, source);
  if ("absent" in installed) return report.skip(name, installed.absent);
  const folder = mkdtempSync(join(tmpdir(), `holdfast-${name}-`));
  try {
    const server = await start(installed.program, folder);
    try {
      await runSuite(report, await subject(name, server.endpoint), folder);
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The engine's own contract suite on the server, in a process of its own; each test is a line of the report. */
async function runSuite(report: Report, subject: Subject, folder: string): Promise<void> {
  const results = join(folder, "..", `${subject.name}-${process.pid}.json`);
  const config = join(interopSource, "storage/vitest.config.ts");
  const vitest = join(repositoryRoot, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--config", config, "--reporter=json", `--outputFile=${results}`];
  const env = { [SUBJECT_VARIABLE]: JSON.stringify(subject) };
  try {
    const output = await run(process.execPath, args, { cwd: repositoryRoot, env, timeoutMs: 300_000 });
    const tests = readResults(results);
    if (tests.length === 0) return report.fail(subject.name, "runs the suite", tail(output.stderr + output.stdout));
    for (const { status, ancestorTitles, title, failureMessages } of tests) {
      const promise = `${ancestorTitles.at(-1)?.slice(subject.name.length + 1) ?? ""}: ${title}`;
      if (status === "passed") report.pass(subject.name, promise);
      if (status === "failed") report.fail(subject.name, promise, tail(failureMessages.join("\n")));
    }
  } finally {
    rmSync(results, { force: true });
  }
}

interface TestResult {
  readonly status: string;
  readonly ancestorTitles: string[];
  readonly title: string;
  readonly failureMessages: string[];
}

function readResults(file: string): TestResult[] {
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as { testResults: { assertionResults: TestResult[] }[] };
    return report.testResults.flatMap(({ assertionResults }) => assertionResults);
  } catch {
    return [];
  }
}
