import type { APIRequestContext } from "@playwright/test";
import superjson from "superjson";

interface Answer {
  status: number;
  /** The domain's code of a refusal. */
  code: string | null;
  data: unknown;
}

/** Calls a tRPC procedure as the signed-in person, past every button: what the page refuses, the server must refuse. */
export async function callProcedure(
  request: APIRequestContext,
  kind: "query" | "mutation",
  path: string,
  input: unknown,
): Promise<Answer> {
  const serialized = JSON.stringify(superjson.serialize(input));
  const response =
    kind === "query"
      ? await request.get(`/api/trpc/${path}?input=${encodeURIComponent(serialized)}`)
      : await request.post(`/api/trpc/${path}`, {
          data: serialized,
          headers: { "content-type": "application/json" },
        });
  const body = (await response.json()) as {
    result?: { data: Parameters<typeof superjson.deserialize>[0] };
    error?: { json?: { data?: { domain?: { code?: string } } } };
  };
  const data = body.result ? superjson.deserialize(body.result.data) : null;
  return { status: response.status(), code: body.error?.json?.data?.domain?.code ?? null, data };
}
