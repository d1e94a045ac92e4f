import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seal, unseal } from "@/server/platform/crypto";
import type { Db, Tx } from "@/server/platform/db";
import { z } from "zod";

const Roles = z.array(z.string());

/** What `<home>/demo.json` holds beside the portal's address, so that scripts and tests can use the demo. */
export const DemoFacts = z.object({
  api: z.object({ publicKey: z.string(), privateKey: z.string(), orgId: z.string() }),
  users: z.array(
    z.object({
      email: z.string(),
      password: z.string(),
      name: z.string(),
      orgRoles: Roles,
      projectRoles: z.record(z.string(), Roles),
    }),
  ),
  clusters: z.array(
    z.object({
      groupId: z.string(),
      name: z.string(),
      tier: z.string(),
      mongoDBVersion: z.string(),
      connectionString: z.string(),
    }),
  ),
});
export type DemoFacts = z.infer<typeof DemoFacts>;

/** How far the demo has come: clusters still to be loaded, by id. */
const DemoSetting = z.object({ sealed: z.string(), toLoad: z.array(z.string()) });

const KEY = "demo";
const PURPOSE = "demo.facts";

/** Null when this installation has no demo. */
export async function readDemo(db: Db | Tx): Promise<{ facts: DemoFacts; toLoad: string[] } | null> {
  const row = await db.setting.findUnique({ where: { key: KEY } });
  if (!row) return null;
  const { sealed, toLoad } = DemoSetting.parse(row.value);
  const facts = DemoFacts.parse(JSON.parse(unseal(Buffer.from(sealed, "base64"), PURPOSE).toString("utf8")));
  return { facts, toLoad };
}

export async function saveDemo(db: Db | Tx, facts: DemoFacts, toLoad: readonly string[]): Promise<void> {
  const value = { sealed: seal(JSON.stringify(facts), PURPOSE).toString("base64"), toLoad: [...toLoad] };
  await db.setting.upsert({ where: { key: KEY }, create: { key: KEY, value }, update: { value } });
}

/** Writes `<home>/demo.json` for its owner alone; the address may be another one at each start. */
export function writeDemoFile(home: string, url: string, facts: DemoFacts): string {
  const file = join(home, "demo.json");
  const draft = `${file}.new`;
  writeFileSync(draft, `${JSON.stringify({ url, ...facts }, null, 2)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
  return file;
}
