import { createServer } from "node:net";

/** Null when the port can be listened on, else the system's reason (EADDRINUSE, EACCES, EADDRNOTAVAIL, …). */
export function portProblem(port: number, host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/** A port that nobody listens on right now. */
export function freePort(host = "127.0.0.1"): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port: 0, host }, () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new Error("no port was given"));
      });
    });
  });
}

/** `wanted` where it is free, else any free port. */
export async function portNear(wanted: number | null, host = "127.0.0.1"): Promise<number> {
  return wanted !== null && (await portProblem(wanted, host)) === null ? wanted : freePort(host);
}

/** The first `count` ports from `first` on that nobody listens on right now. */
export async function freePorts(first: number, count: number, host = "127.0.0.1"): Promise<number[]> {
  const free: number[] = [];
  for (let port = first; free.length < count; port++) {
    if (port > 65_535) throw new Error(`there are no ${count} free ports from ${first} on`);
    if ((await portProblem(port, host)) === null) free.push(port);
  }
  return free;
}
