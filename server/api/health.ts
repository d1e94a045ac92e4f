import { db } from "@/server/platform/db";
import { logger } from "@/server/platform/logger";

export interface Health {
  status: "ok" | "unavailable";
  database: boolean;
}

/** Whether this process can answer: it needs the database. Says nothing else: anybody may ask. */
export async function checkHealth(): Promise<Health> {
  try {
    await db().$queryRaw`select 1`;
    return { status: "ok", database: true };
  } catch (error) {
    logger.error({ err: error }, "the database does not answer");
    return { status: "unavailable", database: false };
  }
}
