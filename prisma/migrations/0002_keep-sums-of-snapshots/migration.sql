-- AlterTable
ALTER TABLE "Cluster" ADD COLUMN     "keptDataBytes" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "keptSnapshots" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "keptStoredBytes" BIGINT NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "Snapshot_projectId_finishedAt_idx" ON "Snapshot"("projectId", "finishedAt");
