import type { Client } from "./client";

/** The tRPC client, its code fetched when it is first needed. */
export async function loadClient(): Promise<Client> {
  const module = await import("./client");
  return module.client;
}
