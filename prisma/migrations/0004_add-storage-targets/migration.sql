-- CreateEnum
CREATE TYPE "StorageKind" AS ENUM ('INSTALLATION', 'S3', 'AZURE', 'GCS', 'FOLDER');

-- AlterTable: which target each belongs to is filled in below.
ALTER TABLE "Repository" ADD COLUMN     "targetId" CHAR(24);

-- CreateTable
CREATE TABLE "RepositoryUsage" (
    "repositoryId" CHAR(24) NOT NULL,
    "clusterId" CHAR(24) NOT NULL,
    "keptSnapshots" INTEGER NOT NULL DEFAULT 0,
    "keptStoredBytes" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "RepositoryUsage_pkey" PRIMARY KEY ("repositoryId","clusterId")
);

-- CreateTable
CREATE TABLE "StorageTarget" (
    "id" CHAR(24) NOT NULL,
    "organizationId" CHAR(24) NOT NULL,
    "name" TEXT NOT NULL,
    "liveName" TEXT,
    "kind" "StorageKind" NOT NULL,
    "location" TEXT,
    "credentialsSealed" BYTEA,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "isDefault" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdByName" TEXT,
    "removedAt" TIMESTAMPTZ(3),
    "testedAt" TIMESTAMPTZ(3),
    "testOk" BOOLEAN,
    "testSteps" JSONB,

    CONSTRAINT "StorageTarget_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "StorageAssignment" (
    "id" CHAR(24) NOT NULL,
    "organizationId" CHAR(24) NOT NULL,
    "targetId" CHAR(24) NOT NULL,
    "projectId" CHAR(24),
    "cloudProvider" TEXT NOT NULL,
    "region" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "StorageAssignment_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "RepositoryUsage_clusterId_idx" ON "RepositoryUsage"("clusterId");

-- CreateIndex
CREATE UNIQUE INDEX "StorageTarget_organizationId_liveName_key" ON "StorageTarget"("organizationId", "liveName");

-- Exactly one default, and one disk of the installation, for each organization.
CREATE UNIQUE INDEX "StorageTarget_default_key" ON "StorageTarget"("organizationId") WHERE "isDefault";
CREATE UNIQUE INDEX "StorageTarget_installation_key" ON "StorageTarget"("organizationId") WHERE "kind" = 'INSTALLATION';

-- At most one target for each project (or all), provider and region (or all).
CREATE UNIQUE INDEX "StorageAssignment_place_key"
  ON "StorageAssignment"("organizationId", coalesce("projectId", ''), "cloudProvider", coalesce("region", ''));

-- CreateIndex
CREATE INDEX "StorageAssignment_targetId_idx" ON "StorageAssignment"("targetId");

-- CreateIndex
CREATE INDEX "StorageAssignment_projectId_idx" ON "StorageAssignment"("projectId");

-- CreateIndex
CREATE INDEX "Repository_targetId_idx" ON "Repository"("targetId");

-- CreateIndex
CREATE INDEX "RepositoryPack_repositoryId_storedBytes_idx" ON "RepositoryPack"("repositoryId", "storedBytes");

-- CreateIndex
CREATE INDEX "Snapshot_repositoryId_manifestId_idx" ON "Snapshot"("repositoryId", "manifestId");

-- Every organization has the installation's own disk, and what it stored so far lies there.
INSERT INTO "StorageTarget" ("id", "organizationId", "name", "liveName", "kind", "isDefault", "createdAt")
SELECT substr(md5('storage target of ' || id), 1, 24), id, 'This installation''s disk', 'This installation''s disk',
  'INSTALLATION', true, "createdAt"
FROM "Organization";

UPDATE "Repository" r SET "targetId" = t.id FROM "StorageTarget" t WHERE t."organizationId" = r."organizationId";

ALTER TABLE "Repository" ALTER COLUMN "targetId" SET NOT NULL;

-- What exists already is added up once.
INSERT INTO "RepositoryUsage" ("repositoryId", "clusterId", "keptSnapshots", "keptStoredBytes")
SELECT "repositoryId", "clusterId", count(*)::int, coalesce(sum("storedBytes"), 0)::bigint
FROM "Snapshot" WHERE status = 'COMPLETED' AND "deletedAt" IS NULL AND "repositoryId" IS NOT NULL GROUP BY 1, 2;

-- AddForeignKey
ALTER TABLE "Repository" ADD CONSTRAINT "Repository_targetId_fkey" FOREIGN KEY ("targetId") REFERENCES "StorageTarget"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RepositoryUsage" ADD CONSTRAINT "RepositoryUsage_repositoryId_fkey" FOREIGN KEY ("repositoryId") REFERENCES "Repository"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RepositoryUsage" ADD CONSTRAINT "RepositoryUsage_clusterId_fkey" FOREIGN KEY ("clusterId") REFERENCES "Cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "StorageTarget" ADD CONSTRAINT "StorageTarget_organizationId_fkey" FOREIGN KEY ("organizationId") REFERENCES "Organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "StorageAssignment" ADD CONSTRAINT "StorageAssignment_organizationId_fkey" FOREIGN KEY ("organizationId") REFERENCES "Organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "StorageAssignment" ADD CONSTRAINT "StorageAssignment_targetId_fkey" FOREIGN KEY ("targetId") REFERENCES "StorageTarget"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "StorageAssignment" ADD CONSTRAINT "StorageAssignment_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE CASCADE ON UPDATE CASCADE;
