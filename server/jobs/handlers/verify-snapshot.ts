import { openRepository } from "@/server/domain/repositories/open-repository";
import { DomainError } from "@/server/platform/errors/domain-error";
import type { RunHandler } from "../run-handler";
import { recordForSnapshot } from "./record-for-snapshot";

/** Reads a snapshot back: every node, every hash, the order of keys and the count of documents. */
export const verifySnapshotHandler: RunHandler = {
  steps: ["read", "finish"],

  async execute(context) {
    const { db, run, signal, progress } = context;
    const snapshot = await db.snapshot.findUniqueOrThrow({ where: { id: run.subjectId } });
    if (snapshot.status !== "COMPLETED" || snapshot.deletedAt || !snapshot.repositoryId || !snapshot.manifestId) {
      throw new DomainError("SNAPSHOT_NOT_COMPLETED", { params: { snapshotId: snapshot.id } });
    }
    const repository = await openRepository(db, snapshot.repositoryId);
    await progress.step("read", "Reading every node and checking its hash");
    progress.totals({ bytes: Number(snapshot.dataBytes ?? 0n), documents: Number(snapshot.documentCount ?? 0n) });
    const report = await repository.verify(snapshot.manifestId, {
      signal,
      onProgress: (done) => progress.advance(done),
    });
    await progress.step("finish");
    const verifyError = report.problems.length === 0 ? null : describe(report.problems);
    if (verifyError) progress.log("verify", verifyError);
    return async (tx) => {
      const data = verifyError ? { verifyError, verifiedAt: null } : { verifyError: null, verifiedAt: new Date() };
      await tx.snapshot.update({ where: { id: snapshot.id }, data });
      const type = verifyError === null ? "SNAPSHOT_VERIFIED" : "SNAPSHOT_FOUND_DAMAGED";
      const problem: Record<string, string> = verifyError === null ? {} : { problem: verifyError };
      await recordForSnapshot(tx, snapshot, type, { documents: report.documents, ...problem });
    };
  },

  async fail({ db, run }, error, status) {
    const snapshot = await db.snapshot.findUniqueOrThrow({ where: { id: run.subjectId } });
    return async (tx) => {
      if (status === "CANCELLED") return;
      await recordForSnapshot(tx, snapshot, "SNAPSHOT_VERIFY_FAILED", { errorCode: error.code });
    };
  },
};

const PROBLEMS_SHOWN_MAX = 5;

function describe(problems: Array<{ collection: string; message: string }>): string {
  const shown = problems.slice(0, PROBLEMS_SHOWN_MAX).map((problem) => `${problem.collection}: ${problem.message}`);
  const more = problems.length - shown.length;
  return more > 0 ? `${shown.join("; ")}; and ${more} more` : shown.join("; ");
}
