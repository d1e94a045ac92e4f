import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { once } from "./once";

/**
 * Makes X-Forwarded-For of every request that this process receives name the address at the other end of the
 * connection, whatever the client wrote there. Pages and route handlers see no socket, and Next fills the header in
 * only when the client left it out. For the web process without a proxy in front; called once, from instrumentation.
 */
export const believeConnections = once("believe-connections", () => {
  subscribe("http.server.request.start", (message) => {
    const { headers, socket } = (message as { request: IncomingMessage }).request;
    headers["x-forwarded-for"] = (socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/, "");
  });
  return true;
});
