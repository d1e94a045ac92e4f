import { storedWords } from "@/components/errors/messages";
import { Notice } from "@/components/ui/Notice";
import type { SnapshotDetail } from "@/server/domain/snapshots/schema";

/** What is wrong with a snapshot, where something is. */
export function SnapshotNotices({ snapshot }: { snapshot: SnapshotDetail }) {
  const failed = snapshot.error ? storedWords(snapshot.error) : null;
  return (
    <>
      {failed && snapshot.status === "FAILED" ? (
        <Notice tone="bad">
          <b>{failed.title}</b> {failed.body} The cluster and its other snapshots are unharmed.
        </Notice>
      ) : null}
      {snapshot.verifyError ? (
        <Notice tone="bad">
          <b>It could not be read back in full.</b> {snapshot.verifyError} Use another snapshot.
        </Notice>
      ) : null}
      {snapshot.consistent || snapshot.status !== "COMPLETED" ? null : (
        <Notice tone="warn">
          <b>It may not be consistent.</b>{" "}
          {snapshot.inconsistentReason ?? "The server could not give one moment for all collections."} Each document is
          whole; documents that belong together may be from different moments.
        </Notice>
      )}
    </>
  );
}
