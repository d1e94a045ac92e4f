import { ConnectionString } from "mongodb-connection-string-url";
import { openDeployment } from "@/server/deployments/deployment";
import type { DeploymentFacts } from "@/server/deployments/facts";
import { inspectDeployment } from "@/server/deployments/inspect";
import { firstFailure } from "@/server/engine/restore/checks/check-restore";
import type { Check } from "@/server/engine/restore/checks/check";
import { restoreSnapshot, resumeRestore } from "@/server/engine/restore/restore-snapshot";
import { DomainError } from "@/server/platform/errors/domain-error";
import { crashPoint } from "@/server/jobs/handlers/crash-point";
import { textOf, type Command, type CommandInput } from "../frame/command";
import { UsageError } from "../frame/usage-error";
import { countWords, plural } from "../frame/words";
import { withIntact, type IntactSnapshot } from "../repository/intact";
import { cacheFolder, REPOSITORY_OPTIONS, STORAGE_CREDENTIALS_WORDS } from "../repository/options";
import { barProgress } from "../restore/bar-progress";
import { checkTarget } from "../restore/checks";
import { JournalFile } from "../restore/journal-file";
import { restoreText } from "../restore/report-text";
import { TARGET_VARIABLE, TARGET_VARIABLE_WORDS, targetUri } from "../restore/target-uri";
import { underLock } from "../restore/under-lock";

/** Restores a snapshot into a server, by the same steps as the portal: checks, write block, staging, proof, swap. */
export const snapshotRestore: Command = {
  positionals: ["ID"],
  options: {
    ...REPOSITORY_OPTIONS,
    to: { value: "URI", words: `connection string of the server to restore into; without it ${TARGET_VARIABLE}` },
    yes: { words: "do not ask; needed where there is no terminal" },
    "skip-damaged": {
      words: "restore what is intact where the snapshot is damaged, and say what is missing; exit code 1",
    },
    "no-lock": { words: "do not block other clients' writes; for servers that cannot" },
    "roll-back": { words: "put back what a restore of this snapshot left unfinished, instead of finishing it" },
  },
  details: `ID is a snapshot's id as "holdfast snapshot ls" prints it. The target's collections are replaced by the snapshot's; others in its databases are removed. Everything is loaded beside the old data, read back and compared first, so a failure or Ctrl-C leaves the target as it was.

${TARGET_VARIABLE_WORDS}

A command that was killed is finished by calling it again, or undone with --roll-back. ${STORAGE_CREDENTIALS_WORDS}`,

  async run(input) {
    const uri = targetUri(textOf(input.values, "to"), "--to URI");
    if (input.values.yes !== true && input.confirm === null)
      throw new UsageError("Without a terminal to ask on, --yes is needed.");
    const deployment = openDeployment({ connectionString: uri, kind: "external", isOwnCommand: true });
    try {
      const client = await deployment.client();
      return await withIntact(input, input.positionals[0]!, (snapshot) => restore(input, snapshot, client, uri));
    } finally {
      await deployment.close();
    }
  },
};

type Client = Awaited<ReturnType<ReturnType<typeof openDeployment>["client"]>>;

async function restore(input: CommandInput, snapshot: IntactSnapshot, client: Client, uri: string) {
  const { values, signal } = input;
  const facts = await inspectDeployment(client);
  const identity = {
    repositoryId: snapshot.repository.id,
    snapshotId: snapshot.manifest.snapshotId,
    skipDamaged: values["skip-damaged"] === true,
  };
  const journal = JournalFile.open(cacheFolder(values), facts.serverKey, identity, signal);
  try {
    return await restoreWith(journal, input, snapshot, { client, facts, uri });
  } finally {
    journal.close();
  }
}

interface Target {
  client: Client;
  facts: DeploymentFacts;
  uri: string;
}

async function restoreWith(journal: JournalFile, input: CommandInput, snapshot: IntactSnapshot, target: Target) {
  const { values, signal, progress } = input;
  const { repository, manifest, manifestId, damage } = snapshot;
  const { client, facts, uri } = target;
  const rollBack = values["roll-back"] === true;
  if (rollBack && !journal.wasLeft)
    throw new UsageError("No restore of this snapshot into this server was left unfinished.");
  const name = new ConnectionString(uri).hosts.join(",");
  if (!journal.wasLeft) {
    const checks = await checkTarget(client, facts, { manifest, name, runId: journal.runId });
    assertChecks(input, checks);
    await askFirst(input, snapshot, name);
  }
  const reason = `Restore of snapshot ${manifest.snapshotId} from the command line`;
  const lock = { runId: journal.runId, reason, withoutBlock: values["no-lock"] === true, journal };
  const result = await underLock(client, lock, (locked) => {
    const stop = rollBack
      ? AbortSignal.abort(new DomainError("RUN_CANCELLED", { message: "put back" }))
      : AbortSignal.any([signal, locked.lost]);
    const options = {
      client,
      repository,
      manifestId,
      runId: journal.runId,
      journal: locked.journal,
      signal: stop,
      progress: barProgress(progress),
      onPoint: crashPoint("restore"),
    };
    return journal.wasLeft ? resumeRestore(options) : restoreSnapshot(options);
  });
  journal.remove();
  const rolledBack = "rolledBack" in result;
  return {
    ok: rolledBack ? rollBack : damage.length === 0,
    facts: { snapshotId: manifest.snapshotId, server: name, resumed: journal.wasLeft, ...result, missing: damage },
    text: restoreText(result, damage, name),
  };
}

/** Warnings are shown, a failure is thrown: RESTORE_CHECK_FAILED, or WRITE_BLOCK_UNSUPPORTED without `--no-lock`. */
function assertChecks({ values, progress }: CommandInput, checks: readonly Check[]): void {
  progress.clear();
  for (const one of checks) {
    if (one.result === "warn") process.stderr.write(`Warning: ${one.title}: ${one.fact}\n`);
  }
  const failure = firstFailure([...checks]);
  if (failure) {
    const params = { check: failure.title, fact: failure.fact, errorCode: failure.errorCode };
    throw new DomainError("RESTORE_CHECK_FAILED", { message: `${failure.title}: ${failure.fact}`, params });
  }
  const unblocked = checks.find((one) => one.id === "writeBlock" && one.result !== "pass");
  if (unblocked && values["no-lock"] !== true) {
    const message = `${unblocked.fact} Stop the clients yourself and say --no-lock to restore nevertheless.`;
    throw new DomainError("WRITE_BLOCK_UNSUPPORTED", { message });
  }
}

async function askFirst(
  { values, confirm }: CommandInput,
  { manifest, damage }: IntactSnapshot,
  name: string,
): Promise<void> {
  if (values.yes === true || confirm === null) return;
  const collections = manifest.members.flatMap((member) => member.collections);
  const documents = collections.reduce((sum, one) => sum + one.documents, 0);
  const missing = damage.length > 0 ? `, without what is damaged in ${plural(damage.length, "collection")}` : "";
  const question =
    `Replace what ${name} holds by the snapshot of ${manifest.source.clusterName} taken at ${manifest.createdAt} ` +
    `(${plural(collections.length, "collection")}, ${countWords(documents)} documents${missing})?`;
  if (!(await confirm(question))) throw new DomainError("RUN_CANCELLED", { message: "nothing was changed" });
}
