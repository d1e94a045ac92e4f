-- CreateTable
CREATE TABLE "LeavingSnapshot" (
    "id" CHAR(24) NOT NULL,
    "repositoryId" CHAR(24) NOT NULL,
    "deletedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "LeavingSnapshot_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "LeavingSnapshot_repositoryId_deletedAt_idx" ON "LeavingSnapshot"("repositoryId", "deletedAt");
