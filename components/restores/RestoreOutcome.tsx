import Link from "next/link";
import { storedWords } from "@/components/errors/messages";
import { reportPath } from "@/components/format/addresses";
import { Notice } from "@/components/ui/Notice";
import type { RestoreView } from "@/server/domain/restores/schema";

/** How a restore ended, above its steps; nothing while it runs. */
export function RestoreOutcome({ restore, projectId }: { restore: RestoreView; projectId: string }) {
  const target = restore.target.cluster.name;
  if (restore.status === "COMPLETED") {
    return (
      <Notice tone="ok" icon="proven" role="status">
        <b>Proven: {target} equals the snapshot.</b> Everything was read back and compared before it took the old
        data&apos;s place.{" "}
        {restore.hasReport ? (
          <Link className="link" href={reportPath(projectId, restore.id)}>
            See report
          </Link>
        ) : null}
      </Notice>
    );
  }
  if (restore.status === "FAILED") {
    const words = storedWords(restore.error ?? { code: "INTERNAL", message: null });
    return (
      <Notice tone="bad" role="status">
        <b>{words.title}</b> {words.body} {target} is as it was before, and its lock is released.
      </Notice>
    );
  }
  if (restore.status === "CANCELLED") {
    return (
      <Notice icon="ban" role="status">
        <b>Cancelled.</b> The staged copy was removed and writes are let in again. {target} is as it was.
      </Notice>
    );
  }
  return null;
}
