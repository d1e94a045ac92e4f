import { randomBytes } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { FORMAT_VERSION, REPOSITORY_KEY_PURPOSE } from "@/server/domain/repositories/open-repository";
import { seal } from "@/server/platform/crypto";
import { db } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";
import type { World } from "./people";

/** The row of a repository in a bucket at this endpoint, with its target's; nothing is stored there. Returns its id. */
export async function makeS3Repository(world: World, endpoint: string): Promise<string> {
  const [id, targetId] = [newId(), newId()];
  const location = `s3://some-bucket?endpoint=${endpoint}`;
  const organizationId = world.org.id;
  const name = `Bucket ${targetId}`;
  await db().storageTarget.create({
    data: { id: targetId, organizationId, name, liveName: name, kind: "S3", location },
  });
  const keySealed = seal(randomBytes(32), REPOSITORY_KEY_PURPOSE);
  const place = `s3://some-bucket/${id}?endpoint=${endpoint}`;
  await db().repository.create({
    data: { id, organizationId, targetId, location: place, keySealed, formatVersion: FORMAT_VERSION },
  });
  return id;
}

/** A server that people made a mistake with: it answers as told, or not at all. */
export async function startBadServer(answer: RequestListener): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
