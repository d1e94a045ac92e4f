import { ConnectionString } from "mongodb-connection-string-url";
import { openDeployment } from "@/server/deployments/deployment";
import { releaseOwnLock } from "@/server/deployments/write-lock";
import { textOf, type Command } from "../frame/command";
import { TARGET_VARIABLE_WORDS, targetUri } from "../restore/target-uri";

/**
 * Lifts Holdfast's own write block from a server when all else is gone: it needs neither the portal nor its database,
 * because owner and run are in a marker document on the server. A block that is not Holdfast's is left alone.
 */
export const unlock: Command = {
  positionals: ["[URI]"],
  options: { run: { value: "ID", words: "only the block of this run" } },
  details: `URI is a connection string of the server. A write block that somebody else set is left alone.

${TARGET_VARIABLE_WORDS}`,

  async run({ positionals: [given = null], values }) {
    const uri = targetUri(given, "URI");
    const deployment = openDeployment({ connectionString: uri, kind: "external", isOwnCommand: true });
    const run = textOf(values, "run");
    try {
      const outcome = await releaseOwnLock(await deployment.client(), run);
      const server = new ConnectionString(uri).redact().href;
      const text = {
        released: `${server}: the write block of Holdfast is lifted, and the server says so.`,
        notLocked: `${server}: writes are not blocked.`,
        notOurs: `${server}: writes are blocked, but not by Holdfast${run ? " for that run" : ""}; nothing was changed.`,
      }[outcome];
      return { ok: outcome !== "notOurs", facts: { server, outcome }, text };
    } finally {
      await deployment.close();
    }
  },
};
