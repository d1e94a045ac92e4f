-- AlterTable
ALTER TABLE "RepositoryPack" ADD COLUMN     "condemned" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "condemnedAt" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "GarbageRound" (
    "id" CHAR(24) NOT NULL,
    "repositoryId" CHAR(24) NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "finishedAt" TIMESTAMPTZ(3),
    "manifests" INTEGER NOT NULL DEFAULT 0,
    "manifestsRemoved" INTEGER NOT NULL DEFAULT 0,
    "manifestsForeign" INTEGER NOT NULL DEFAULT 0,
    "liveNodes" BIGINT NOT NULL DEFAULT 0,
    "packs" INTEGER NOT NULL DEFAULT 0,
    "packsFound" INTEGER NOT NULL DEFAULT 0,
    "packsCondemned" INTEGER NOT NULL DEFAULT 0,
    "packsPardoned" INTEGER NOT NULL DEFAULT 0,
    "packsRewritten" INTEGER NOT NULL DEFAULT 0,
    "packsDeleted" INTEGER NOT NULL DEFAULT 0,
    "packsWaiting" INTEGER NOT NULL DEFAULT 0,
    "waitingBytes" BIGINT NOT NULL DEFAULT 0,
    "deletedBytes" BIGINT NOT NULL DEFAULT 0,
    "writtenBytes" BIGINT NOT NULL DEFAULT 0,
    "errorCode" TEXT,
    "errorMessage" TEXT,

    CONSTRAINT "GarbageRound_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "GarbageRound_repositoryId_startedAt_idx" ON "GarbageRound"("repositoryId", "startedAt" DESC);

-- CreateIndex
CREATE INDEX "RepositoryPack_repositoryId_condemned_idx" ON "RepositoryPack"("repositoryId", "condemned");
