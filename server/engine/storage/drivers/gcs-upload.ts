import { DomainError } from "@/server/platform/errors/domain-error";
import type { GcsApi } from "./gcs-client";
import type { PartUpload } from "./pieces";

/** The service waits for more; after the last part that means it kept less than it was sent. */
const INCOMPLETE = 308;
/** It has forgotten the session, or ended it (cloud.google.com/storage/docs/json_api/v1/status-codes#410_Gone): begin another. */
const SESSION_GONE = [404, 410];

/**
 * A resumable upload (cloud.google.com/storage/docs/performing-resumable-uploads): parts go one after another, each but
 * the last a multiple of 256 KiB, and the last carries the whole size, which makes the object appear. So each part
 * waits here until the next one, or the end, is known. The service forgets uploads that never end after a week. What
 * another upload may mend is STORAGE_UNAVAILABLE; a bucket that is missing shows when the session is asked for.
 */
export async function beginResumableUpload(
  api: GcsApi,
  query: Record<string, string>,
  name: string,
): Promise<PartUpload<null>> {
  const start = { method: "POST", url: api.uploadUrl({ ...query, uploadType: "resumable" }) } as const;
  const answer = await api.send(
    { ...start, headers: { "content-type": "application/json" }, body: Buffer.from("{}") },
    name,
  );
  answer.resume();
  const { location } = answer.headers;
  if (!location || !URL.canParse(location)) throw brokenOff(name, "the service gave no address for the upload");
  const url = new URL(location);
  let waiting: Buffer = Buffer.alloc(0);
  let sentBytes = 0;

  const send = async (isLast: boolean) => {
    const end = sentBytes + waiting.length;
    const range = `bytes ${sentBytes}-${end - 1}/${isLast ? end : "*"}`;
    const request = { method: "PUT", url, headers: { "content-range": range }, body: waiting } as const;
    const reply = await api.send(request, name, [INCOMPLETE, ...SESSION_GONE, ...(isLast ? [200, 201] : [])]);
    reply.resume();
    const { statusCode = 0, headers } = reply;
    if (SESSION_GONE.includes(statusCode)) throw brokenOff(name, "the service has ended the upload");
    const isShort = isLast ? statusCode === INCOMPLETE : headers.range !== `bytes=0-${end - 1}`;
    if (isShort) throw brokenOff(name, "the service lost a part");
    sentBytes = end;
  };
  return {
    part: async (content, index) => {
      if (index > 0) await send(false);
      waiting = content;
      return null;
    },
    complete: () => send(true),
    abort: async () => void (await api.send({ method: "DELETE", url }, name, [204, 499])).resume(),
  };
}

function brokenOff(name: string, message: string): DomainError {
  return new DomainError("STORAGE_UNAVAILABLE", {
    message: `${message} (${name})`,
    params: { name, reason: "UPLOAD" },
  });
}
