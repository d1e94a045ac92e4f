-- Deleted and expired snapshots whose manifests are still in the storage: few, among any number that are kept.
CREATE INDEX "Snapshot_leaving_idx" ON "Snapshot"("repositoryId") WHERE "deletedAt" IS NOT NULL AND "manifestId" IS NOT NULL;
