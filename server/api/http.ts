import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { isSameOrigin } from "@/server/auth/request-origin";
import { createContext } from "./context";
import { logError } from "./error-shape";
import { appRouter } from "./root";

const ENDPOINT = "/api/trpc";

/** Answers tRPC over HTTP. A request that another site's page makes our visitor send is refused. */
export async function handleTrpc(request: Request): Promise<Response> {
  if (request.method !== "GET" && !isSameOrigin(request.headers)) {
    return Response.json({ error: "This request comes from another site." }, { status: 403 });
  }
  return fetchRequestHandler({
    endpoint: ENDPOINT,
    req: request,
    router: appRouter,
    createContext: () => createContext({ headers: request.headers }),
    onError: ({ error, path, ctx }) => logError(error, path, ctx?.requestId),
  });
}
