-- CreateEnum
CREATE TYPE "SnapshotStatus" AS ENUM ('QUEUED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "SnapshotKind" AS ENUM ('ON_DEMAND', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY', 'FALLBACK');

-- CreateEnum
CREATE TYPE "RestoreStatus" AS ENUM ('QUEUED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "RunKind" AS ENUM ('SNAPSHOT_TAKE', 'SNAPSHOT_VERIFY', 'RESTORE');

-- CreateEnum
CREATE TYPE "RunStatus" AS ENUM ('QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "DeploymentKind" AS ENUM ('EMBEDDED', 'EXTERNAL');

-- CreateEnum
CREATE TYPE "ClusterState" AS ENUM ('CREATING', 'IDLE', 'DELETING', 'DELETED');

-- CreateEnum
CREATE TYPE "ActivityOutcome" AS ENUM ('DONE', 'REFUSED', 'FAILED');

-- CreateEnum
CREATE TYPE "ActorType" AS ENUM ('USER', 'API_KEY', 'SYSTEM');

-- CreateTable
CREATE TABLE "Repository" (
    "id" CHAR(24) NOT NULL,
    "organizationId" CHAR(24) NOT NULL,
    "location" TEXT NOT NULL,
    "keySealed" BYTEA NOT NULL,
    "formatVersion" INTEGER NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Repository_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RepositoryNode" (
    "repositoryId" CHAR(24) NOT NULL,
    "nodeId" BYTEA NOT NULL,
    "packId" BYTEA NOT NULL,
    "offset" INTEGER NOT NULL,
    "storedBytes" INTEGER NOT NULL,
    "contentBytes" INTEGER NOT NULL,

    CONSTRAINT "RepositoryNode_pkey" PRIMARY KEY ("repositoryId","nodeId")
);

-- CreateTable
CREATE TABLE "RepositoryPack" (
    "repositoryId" CHAR(24) NOT NULL,
    "packId" BYTEA NOT NULL,
    "storedBytes" BIGINT NOT NULL,
    "nodeCount" INTEGER NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "RepositoryPack_pkey" PRIMARY KEY ("repositoryId","packId")
);

-- CreateTable
CREATE TABLE "Snapshot" (
    "id" CHAR(24) NOT NULL,
    "clusterId" CHAR(24) NOT NULL,
    "projectId" CHAR(24) NOT NULL,
    "clusterName" TEXT NOT NULL,
    "clusterTier" TEXT NOT NULL,
    "cloudProvider" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "kind" "SnapshotKind" NOT NULL,
    "status" "SnapshotStatus" NOT NULL,
    "description" TEXT,
    "retentionDays" INTEGER NOT NULL,
    "requestedById" CHAR(24),
    "requestedByName" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),
    "expiresAt" TIMESTAMPTZ(3),
    "deletedAt" TIMESTAMPTZ(3),
    "repositoryId" CHAR(24),
    "manifestId" TEXT,
    "mongoDBVersion" TEXT,
    "fcv" TEXT,
    "fcvPinned" BOOLEAN NOT NULL DEFAULT false,
    "clusterTimeSeconds" BIGINT,
    "clusterTimeIncrement" INTEGER,
    "consistent" BOOLEAN NOT NULL DEFAULT true,
    "inconsistentReason" TEXT,
    "documentCount" BIGINT,
    "collectionCount" INTEGER,
    "dataBytes" BIGINT,
    "storedBytes" BIGINT,
    "verifiedAt" TIMESTAMPTZ(3),
    "verifyError" TEXT,
    "provenAt" TIMESTAMPTZ(3),
    "errorCode" TEXT,
    "errorMessage" TEXT,

    CONSTRAINT "Snapshot_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RestoreJob" (
    "id" CHAR(24) NOT NULL,
    "snapshotId" CHAR(24) NOT NULL,
    "sourceProjectId" CHAR(24) NOT NULL,
    "sourceClusterId" CHAR(24) NOT NULL,
    "sourceClusterName" TEXT NOT NULL,
    "targetProjectId" CHAR(24) NOT NULL,
    "targetClusterId" CHAR(24) NOT NULL,
    "targetClusterName" TEXT NOT NULL,
    "status" "RestoreStatus" NOT NULL,
    "requestedById" CHAR(24),
    "requestedByName" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),
    "checks" JSONB,
    "report" JSONB,
    "acceptUnblocked" BOOLEAN NOT NULL DEFAULT false,
    "typedName" TEXT,
    "errorCode" TEXT,
    "errorMessage" TEXT,

    CONSTRAINT "RestoreJob_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Run" (
    "id" CHAR(24) NOT NULL,
    "kind" "RunKind" NOT NULL,
    "projectId" CHAR(24) NOT NULL,
    "clusterId" CHAR(24) NOT NULL,
    "subjectId" CHAR(24) NOT NULL,
    "status" "RunStatus" NOT NULL,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "workerId" TEXT,
    "leaseExpiresAt" TIMESTAMPTZ(3),
    "heartbeatAt" TIMESTAMPTZ(3),
    "cancelRequestedAt" TIMESTAMPTZ(3),
    "cancelRequestedBy" TEXT,
    "cancellable" BOOLEAN NOT NULL DEFAULT true,
    "step" TEXT,
    "message" TEXT,
    "doneBytes" BIGINT NOT NULL DEFAULT 0,
    "totalBytes" BIGINT NOT NULL DEFAULT 0,
    "doneDocuments" BIGINT NOT NULL DEFAULT 0,
    "totalDocuments" BIGINT NOT NULL DEFAULT 0,
    "bytesPerSecond" DOUBLE PRECISION,
    "collections" JSONB,
    "samples" JSONB,
    "checkpoint" JSONB,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RunStep" (
    "runId" CHAR(24) NOT NULL,
    "position" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "status" "RunStatus" NOT NULL,
    "message" TEXT,
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "RunStep_pkey" PRIMARY KEY ("runId","position")
);

-- CreateTable
CREATE TABLE "RunLogLine" (
    "id" BIGSERIAL NOT NULL,
    "runId" CHAR(24) NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "topic" TEXT NOT NULL,
    "message" TEXT NOT NULL,

    CONSTRAINT "RunLogLine_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Worker" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "heartbeatAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Worker_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Setting" (
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Setting_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "RateLimit" (
    "key" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "RateLimit_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "Cluster" (
    "id" CHAR(24) NOT NULL,
    "projectId" CHAR(24) NOT NULL,
    "name" TEXT NOT NULL,
    "liveName" TEXT,
    "tier" TEXT NOT NULL,
    "cloudProvider" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "mongoDBVersion" TEXT NOT NULL,
    "fcv" TEXT NOT NULL,
    "fcvPinned" BOOLEAN NOT NULL DEFAULT false,
    "fcvPinnedUntil" TIMESTAMPTZ(3),
    "replicaSetName" TEXT,
    "deploymentKind" "DeploymentKind" NOT NULL,
    "state" "ClusterState" NOT NULL,
    "stateMessage" TEXT,
    "backupEnabled" BOOLEAN NOT NULL,
    "diskSizeBytes" BIGINT,
    "dataSizeBytes" BIGINT,
    "documentCount" BIGINT,
    "observedAt" TIMESTAMPTZ(3),
    "reachable" BOOLEAN,
    "serverKey" TEXT,
    "connectionSealed" BYTEA,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deletedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Cluster_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "EmbeddedDeployment" (
    "clusterId" CHAR(24) NOT NULL,
    "port" INTEGER NOT NULL,
    "desiredRunning" BOOLEAN NOT NULL DEFAULT true,
    "status" TEXT NOT NULL DEFAULT 'stopped',
    "pid" INTEGER,
    "startedAt" TIMESTAMPTZ(3),
    "lastError" TEXT,
    "restarts" INTEGER NOT NULL DEFAULT 0,
    "rootPasswordSealed" BYTEA NOT NULL,

    CONSTRAINT "EmbeddedDeployment_pkey" PRIMARY KEY ("clusterId")
);

-- CreateTable
CREATE TABLE "ServerLock" (
    "serverKey" TEXT NOT NULL,
    "clusterId" CHAR(24) NOT NULL,
    "runId" CHAR(24) NOT NULL,
    "reason" TEXT NOT NULL,
    "serverSide" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "heartbeatAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ServerLock_pkey" PRIMARY KEY ("serverKey")
);

-- CreateTable
CREATE TABLE "User" (
    "id" CHAR(24) NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "passwordHash" TEXT NOT NULL,
    "mustChangePassword" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastSignInAt" TIMESTAMPTZ(3),
    "disabledAt" TIMESTAMPTZ(3),

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Session" (
    "id" CHAR(24) NOT NULL,
    "userId" CHAR(24) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastSeenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "revokedAt" TIMESTAMPTZ(3),
    "ip" TEXT,
    "userAgent" TEXT,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Organization" (
    "id" CHAR(24) NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "idKeySealed" BYTEA NOT NULL,

    CONSTRAINT "Organization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "OrganizationMember" (
    "organizationId" CHAR(24) NOT NULL,
    "userId" CHAR(24) NOT NULL,
    "roles" TEXT[],
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "OrganizationMember_pkey" PRIMARY KEY ("organizationId","userId")
);

-- CreateTable
CREATE TABLE "Project" (
    "id" CHAR(24) NOT NULL,
    "organizationId" CHAR(24) NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Project_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ProjectMember" (
    "projectId" CHAR(24) NOT NULL,
    "userId" CHAR(24) NOT NULL,
    "roles" TEXT[],
    "addedById" CHAR(24),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ProjectMember_pkey" PRIMARY KEY ("projectId","userId")
);

-- CreateTable
CREATE TABLE "ApiKey" (
    "id" CHAR(24) NOT NULL,
    "organizationId" CHAR(24) NOT NULL,
    "publicKey" TEXT NOT NULL,
    "ha1Sealed" BYTEA NOT NULL,
    "privateKeyTail" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "roles" TEXT[],
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastUsedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ApiKeyProject" (
    "apiKeyId" CHAR(24) NOT NULL,
    "projectId" CHAR(24) NOT NULL,
    "roles" TEXT[],

    CONSTRAINT "ApiKeyProject_pkey" PRIMARY KEY ("apiKeyId","projectId")
);

-- CreateTable
CREATE TABLE "DigestNonce" (
    "nonce" TEXT NOT NULL,
    "counter" INTEGER NOT NULL DEFAULT 0,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "DigestNonce_pkey" PRIMARY KEY ("nonce")
);

-- CreateTable
CREATE TABLE "ActivityEntry" (
    "id" CHAR(24) NOT NULL,
    "sequence" BIGINT NOT NULL,
    "organizationId" CHAR(24) NOT NULL,
    "projectId" CHAR(24),
    "type" TEXT NOT NULL,
    "outcome" "ActivityOutcome" NOT NULL DEFAULT 'DONE',
    "actorType" "ActorType" NOT NULL,
    "actorId" CHAR(24),
    "actorName" TEXT NOT NULL,
    "ip" TEXT,
    "clusterId" CHAR(24),
    "clusterName" TEXT,
    "details" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "previousHash" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "ActivityEntry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Repository_organizationId_idx" ON "Repository"("organizationId");

-- CreateIndex
CREATE INDEX "RepositoryNode_repositoryId_packId_idx" ON "RepositoryNode"("repositoryId", "packId");

-- CreateIndex
CREATE INDEX "Snapshot_clusterId_createdAt_id_idx" ON "Snapshot"("clusterId", "createdAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Snapshot_projectId_createdAt_id_idx" ON "Snapshot"("projectId", "createdAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Snapshot_clusterId_status_createdAt_idx" ON "Snapshot"("clusterId", "status", "createdAt" DESC);

-- CreateIndex
CREATE INDEX "Snapshot_clusterId_provenAt_idx" ON "Snapshot"("clusterId", "provenAt");

-- CreateIndex
CREATE INDEX "Snapshot_clusterId_verifiedAt_idx" ON "Snapshot"("clusterId", "verifiedAt");

-- CreateIndex
CREATE INDEX "Snapshot_status_idx" ON "Snapshot"("status");

-- CreateIndex
CREATE INDEX "Snapshot_expiresAt_idx" ON "Snapshot"("expiresAt");

-- CreateIndex
CREATE INDEX "RestoreJob_targetProjectId_createdAt_id_idx" ON "RestoreJob"("targetProjectId", "createdAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "RestoreJob_sourceClusterId_createdAt_id_idx" ON "RestoreJob"("sourceClusterId", "createdAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "RestoreJob_targetClusterId_createdAt_id_idx" ON "RestoreJob"("targetClusterId", "createdAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "RestoreJob_snapshotId_idx" ON "RestoreJob"("snapshotId");

-- CreateIndex
CREATE INDEX "Run_status_leaseExpiresAt_idx" ON "Run"("status", "leaseExpiresAt");

-- CreateIndex
CREATE INDEX "Run_projectId_status_idx" ON "Run"("projectId", "status");

-- CreateIndex
CREATE INDEX "Run_clusterId_status_idx" ON "Run"("clusterId", "status");

-- CreateIndex
CREATE INDEX "Run_subjectId_idx" ON "Run"("subjectId");

-- CreateIndex
CREATE INDEX "RunLogLine_runId_id_idx" ON "RunLogLine"("runId", "id");

-- CreateIndex
CREATE INDEX "RateLimit_expiresAt_idx" ON "RateLimit"("expiresAt");

-- CreateIndex
CREATE INDEX "Cluster_projectId_name_idx" ON "Cluster"("projectId", "name");

-- CreateIndex
CREATE INDEX "Cluster_serverKey_idx" ON "Cluster"("serverKey");

-- CreateIndex
CREATE UNIQUE INDEX "Cluster_projectId_liveName_key" ON "Cluster"("projectId", "liveName");

-- CreateIndex
CREATE UNIQUE INDEX "EmbeddedDeployment_port_key" ON "EmbeddedDeployment"("port");

-- CreateIndex
CREATE UNIQUE INDEX "ServerLock_runId_key" ON "ServerLock"("runId");

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE INDEX "OrganizationMember_userId_idx" ON "OrganizationMember"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "Project_organizationId_name_key" ON "Project"("organizationId", "name");

-- CreateIndex
CREATE INDEX "ProjectMember_userId_idx" ON "ProjectMember"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_publicKey_key" ON "ApiKey"("publicKey");

-- CreateIndex
CREATE INDEX "ApiKey_organizationId_idx" ON "ApiKey"("organizationId");

-- CreateIndex
CREATE INDEX "ApiKeyProject_projectId_idx" ON "ApiKeyProject"("projectId");

-- CreateIndex
CREATE INDEX "DigestNonce_expiresAt_idx" ON "DigestNonce"("expiresAt");

-- CreateIndex
CREATE INDEX "ActivityEntry_projectId_createdAt_id_idx" ON "ActivityEntry"("projectId", "createdAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "ActivityEntry_organizationId_createdAt_id_idx" ON "ActivityEntry"("organizationId", "createdAt" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "ActivityEntry_organizationId_sequence_key" ON "ActivityEntry"("organizationId", "sequence");

-- AddForeignKey
ALTER TABLE "Repository" ADD CONSTRAINT "Repository_organizationId_fkey" FOREIGN KEY ("organizationId") REFERENCES "Organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Snapshot" ADD CONSTRAINT "Snapshot_clusterId_fkey" FOREIGN KEY ("clusterId") REFERENCES "Cluster"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Snapshot" ADD CONSTRAINT "Snapshot_repositoryId_fkey" FOREIGN KEY ("repositoryId") REFERENCES "Repository"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RestoreJob" ADD CONSTRAINT "RestoreJob_snapshotId_fkey" FOREIGN KEY ("snapshotId") REFERENCES "Snapshot"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RestoreJob" ADD CONSTRAINT "RestoreJob_targetClusterId_fkey" FOREIGN KEY ("targetClusterId") REFERENCES "Cluster"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunStep" ADD CONSTRAINT "RunStep_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunLogLine" ADD CONSTRAINT "RunLogLine_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Cluster" ADD CONSTRAINT "Cluster_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EmbeddedDeployment" ADD CONSTRAINT "EmbeddedDeployment_clusterId_fkey" FOREIGN KEY ("clusterId") REFERENCES "Cluster"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "OrganizationMember" ADD CONSTRAINT "OrganizationMember_organizationId_fkey" FOREIGN KEY ("organizationId") REFERENCES "Organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "OrganizationMember" ADD CONSTRAINT "OrganizationMember_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Project" ADD CONSTRAINT "Project_organizationId_fkey" FOREIGN KEY ("organizationId") REFERENCES "Organization"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ProjectMember" ADD CONSTRAINT "ProjectMember_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ProjectMember" ADD CONSTRAINT "ProjectMember_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApiKey" ADD CONSTRAINT "ApiKey_organizationId_fkey" FOREIGN KEY ("organizationId") REFERENCES "Organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApiKeyProject" ADD CONSTRAINT "ApiKeyProject_apiKeyId_fkey" FOREIGN KEY ("apiKeyId") REFERENCES "ApiKey"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApiKeyProject" ADD CONSTRAINT "ApiKeyProject_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE CASCADE ON UPDATE CASCADE;
