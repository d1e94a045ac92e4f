import { closeDb, db } from "@/server/platform/db";
import { env } from "@/server/platform/env";
import { seedDemo } from "./seed";

/** `npm run seed`: the demo for an installation that runs and has no people yet, or what is missing of it. */
const say = (line: string) => void process.stdout.write(`${line}\n`);
try {
  const demo = await seedDemo({ db: db(), home: env.home, url: env.publicUrl, report: say });
  say(demo ? `The demo is complete; how to use it is in ${demo.file}` : "This installation has people of its own.");
} finally {
  await closeDb();
}
