-- AlterTable
ALTER TABLE "RepositoryPack" ADD COLUMN     "gone" BOOLEAN NOT NULL DEFAULT false;
