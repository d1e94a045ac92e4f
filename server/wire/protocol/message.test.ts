import { connect, type Socket } from "node:net";
import { BSON } from "mongodb";
import { expect, test } from "vitest";
import { codeOf, startCluster } from "../testing/cluster";

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    socket.once("error", reject);
  });
}

function message(opCode: number, payload: Buffer, length = 16 + payload.length): Buffer {
  const head = Buffer.alloc(16);
  head.writeInt32LE(length, 0);
  head.writeInt32LE(1, 4);
  head.writeInt32LE(opCode, 12);
  return Buffer.concat([head, payload]);
}

function ended(socket: Socket): Promise<boolean> {
  socket.resume();
  return new Promise((resolve) => socket.once("close", () => resolve(true)));
}

function reply(socket: Socket): Promise<BSON.Document> {
  return new Promise((resolve) =>
    socket.once("data", (data) => resolve(BSON.deserialize(data.subarray(data.readInt32LE(12) === 1 ? 36 : 21)))),
  );
}

const ping = Buffer.from(BSON.serialize({ ping: 1, $db: "admin" }));

test("closes the connection on what is no message, and goes on serving others", async () => {
  const { client, server } = await startCluster();
  const broken = [
    message(2013, Buffer.alloc(0)),
    message(2013, Buffer.from([0, 0, 0, 0, 9])),
    message(2013, Buffer.concat([Buffer.from([4, 0, 0, 0, 0]), ping])),
    message(2013, Buffer.concat([Buffer.from([0, 0, 0, 0, 0]), ping, Buffer.from([0]), ping])),
    message(2013, ping, 3),
    message(2013, ping, 100_000_000),
    message(2002, ping),
    message(2012, Buffer.from([0xdd, 7, 0, 0, 255, 255, 255, 127, 1, 1, 2, 3])),
    message(2012, Buffer.from([0xdd, 7, 0, 0, 10, 0, 0, 0, 2, 1, 2, 3])),
    message(2013, Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), Buffer.from([255, 0, 0, 0, 65, 0])])),
  ];
  for (const bytes of broken) {
    const socket = await open(server.port);
    const closed = ended(socket);
    socket.write(bytes);
    expect(await closed).toBe(true);
  }
  expect(await codeOf(client.db("admin").command({ ping: 1 }))).toBeNull();
});

test("answers a message that arrives in pieces, and a greeting by the old opcode", async () => {
  const { server } = await startCluster();
  const socket = await open(server.port);
  const bytes = message(2013, Buffer.concat([Buffer.from([0, 0, 0, 0, 0]), ping]));
  const answer = reply(socket);
  for (const byte of bytes) socket.write(Buffer.from([byte]));
  expect(await answer).toMatchObject({ ok: 1 });
  const query = (body: BSON.Document): Buffer =>
    message(
      2004,
      Buffer.concat([Buffer.alloc(4), Buffer.from("admin.$cmd\0"), Buffer.alloc(8), Buffer.from(BSON.serialize(body))]),
    );
  const greeting = reply(socket);
  socket.write(query({ isMaster: 1, helloOk: true }));
  expect(await greeting).toMatchObject({ ismaster: true, helloOk: true, setName: "rs0" });
  const refused = reply(socket);
  socket.write(query({ find: "a" }));
  expect(await refused).toMatchObject({ ok: 0, code: 352 });
  socket.destroy();
});

test("speaks zlib with the driver", async () => {
  const { server } = await startCluster();
  const { MongoClient } = await import("mongodb");
  {
    const client = new MongoClient(`${server.uri}&compressors=zlib`);
    await client
      .db("t")
      .collection("a")
      .insertOne({ text: "x".repeat(10_000) });
    expect(
      await client
        .db("t")
        .collection("a")
        .findOne({}, { projection: { _id: 0 } }),
    ).toEqual({ text: "x".repeat(10_000) });
    await client.close();
  }
});
