import type { Client } from "./client";

/** The tRPC client, its code fetched when it is first needed. */
export async function loadClient(): Promise<Client> {
  const { client } = await import("./client");
  return client;
}
