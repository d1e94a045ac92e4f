-- AlterTable
ALTER TABLE "Cluster" ADD COLUMN     "keptDataBytes" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "keptSnapshots" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "keptStoredBytes" BIGINT NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "Snapshot_projectId_finishedAt_idx" ON "Snapshot"("projectId", "finishedAt");

-- What exists already is added up once.
UPDATE "Cluster" c SET "keptSnapshots" = s.count, "keptStoredBytes" = s.stored, "keptDataBytes" = s.data
FROM (
  SELECT "clusterId", count(*)::int AS count, coalesce(sum("storedBytes"), 0)::bigint AS stored,
    coalesce(sum("dataBytes"), 0)::bigint AS data
  FROM "Snapshot" WHERE status = 'COMPLETED' AND "deletedAt" IS NULL GROUP BY 1
) s WHERE s."clusterId" = c.id;
