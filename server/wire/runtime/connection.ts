import type { Socket } from "node:net";
import type { ScramExchange } from "../auth/scram";
import type { RoleName } from "../auth/accounts";
import type { Privilege } from "../auth/privileges";
import { commandError } from "../command-error";
import { compress, uncompress } from "../protocol/compression";
import { encodeDocument, NOT_OK } from "../protocol/encode";
import {
  frame,
  HEADER_BYTES,
  MESSAGE_BYTES_MAX,
  OP,
  parseMsg,
  parseQuery,
  payloadOf,
  ProtocolError,
  readHeader,
  type Request,
} from "../protocol/message";
import { dispatch } from "./dispatch";
import type { ServerInstance } from "./instance";

/** Commands that are never compressed (compression specification of the drivers). */
const NEVER_COMPRESSED = new Set([
  "hello",
  "isMaster",
  "ismaster",
  "saslStart",
  "saslContinue",
  "getnonce",
  "authenticate",
  "createUser",
  "updateUser",
]);

/** Header, flags and section of a reply, generously. */
const REPLY_OVERHEAD_BYTES = 64;

export interface Login {
  user: string;
  db: string;
  roles: RoleName[];
}

/** What a connection is in the middle of proving. */
export interface PendingLogin {
  exchange: ScramExchange;
  conversationId: number;
  user: string;
  db: string;
  known: boolean;
  skipEmptyExchange: boolean;
  finished: boolean;
}

let nextConnectionId = 1;

/** One client's socket. Requests are answered one after another, as drivers send them. */
export class Connection {
  readonly id = nextConnectionId++;
  readonly remote: string;
  login: Login | null = null;
  pendingLogin: PendingLogin | null = null;
  privileges: { generation: number; list: Privilege[] } | null = null;
  appName = "";
  #buffer: Buffer[] = [];
  #buffered = 0;
  #queue: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    readonly server: ServerInstance,
    private readonly socket: Socket,
  ) {
    this.remote = `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", () => this.close());
    socket.on("close", () => this.#ended());
  }

  get userId(): string {
    return this.login ? `${this.login.db}.${this.login.user}` : "";
  }

  close(): void {
    this.#closed = true;
    this.socket.destroy();
  }

  #ended(): void {
    this.#closed = true;
    this.server.connections.delete(this);
  }

  #receive(chunk: Buffer): void {
    this.server.network.bytesIn += chunk.length;
    this.#buffer.push(chunk);
    this.#buffered += chunk.length;
    try {
      for (let message = this.#takeMessage(); message; message = this.#takeMessage()) this.#accept(message);
    } catch {
      // Whoever breaks the protocol gets no answer, as from a real server.
      this.close();
    }
  }

  /** The next whole message, or null while it is still arriving. */
  #takeMessage(): Buffer | null {
    if (this.#closed || this.#buffered < HEADER_BYTES) return null;
    if (this.#buffer[0]!.length < HEADER_BYTES) this.#buffer = [Buffer.concat(this.#buffer)];
    const length = this.#buffer[0]!.readInt32LE(0);
    if (length < HEADER_BYTES || length > MESSAGE_BYTES_MAX)
      throw new ProtocolError("the message states a wrong length");
    if (this.#buffered < length) return null;
    const all = this.#buffer.length === 1 ? this.#buffer[0]! : Buffer.concat(this.#buffer, this.#buffered);
    this.#buffered -= length;
    this.#buffer = this.#buffered > 0 ? [all.subarray(length)] : [];
    return all.subarray(0, length);
  }

  #accept(message: Buffer): void {
    const header = readHeader(message);
    let payload: Buffer = message.subarray(HEADER_BYTES);
    let opCode = header.opCode;
    let compressorId: number | null = null;
    if (opCode === OP.compressed) ({ opCode, payload, compressorId } = uncompress(payload));
    let request: Request;
    if (opCode === OP.msg) request = parseMsg(header, payload, compressorId);
    else if (opCode === OP.query) request = parseQuery(header, payload, compressorId);
    else throw new ProtocolError(`unsupported opcode ${opCode}`);
    this.server.network.numRequests += 1;
    this.#queue = this.#queue.then(() => this.#answer(request)).catch(() => this.close());
  }

  async #answer(request: Request): Promise<void> {
    if (this.#closed) return;
    const reply = await dispatch(this, request);
    if (reply === "close") return this.close();
    if (request.moreToCome || this.#closed) return;
    await this.#send(request, reply.command, reply.body);
  }

  async #send(request: Request, command: string, doc: Buffer): Promise<void> {
    let opCode: number = request.opCode === OP.query ? OP.reply : OP.msg;
    let payload = payloadOf(opCode, doc);
    if (doc.length > MESSAGE_BYTES_MAX - REPLY_OVERHEAD_BYTES) {
      const error = commandError(10334, `reply of ${doc.length} bytes is too large`);
      const { message: errmsg, code, codeName } = error;
      payload = payloadOf(opCode, encodeDocument({ ok: NOT_OK, errmsg, code, codeName }));
    }
    if (request.compressorId !== null && !NEVER_COMPRESSED.has(command)) {
      payload = [compress(request.compressorId, opCode, Buffer.concat(payload))];
      opCode = OP.compressed;
    }
    const parts = frame(request.requestId, opCode, payload);
    for (const part of parts) this.server.network.bytesOut += part.length;
    this.socket.cork();
    let drained = true;
    for (const part of parts) drained = this.socket.write(part);
    this.socket.uncork();
    if (!drained && !this.#closed) await this.#drain();
  }

  /** A slow reader holds up only its own connection. */
  #drain(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.socket.off("drain", done);
        this.socket.off("close", done);
        resolve();
      };
      this.socket.once("drain", done);
      this.socket.once("close", done);
    });
  }
}
