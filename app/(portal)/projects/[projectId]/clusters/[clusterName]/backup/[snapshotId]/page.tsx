import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { Refused } from "@/components/errors/Refused";
import { utcLong } from "@/components/format/times";
import { SnapshotActions } from "@/components/snapshots/SnapshotActions";
import { SnapshotBadge } from "@/components/snapshots/SnapshotBadge";
import { SnapshotContents } from "@/components/snapshots/SnapshotContents";
import { SnapshotFacts } from "@/components/snapshots/SnapshotFacts";
import { SnapshotNotices } from "@/components/snapshots/SnapshotNotices";
import { SnapshotOrigin } from "@/components/snapshots/SnapshotOrigin";
import { SnapshotRun } from "@/components/snapshots/SnapshotRun";
import { SNAPSHOT_KINDS } from "@/components/timeline/snapshot-kind";
import { CopyLink } from "@/components/ui/CopyLink";
import { PageHead } from "@/components/ui/PageHead";

export const metadata: Metadata = { title: "Snapshot" };

interface Props {
  params: Promise<{ projectId: string; snapshotId: string }>;
}

export default async function SnapshotPage({ params }: Props) {
  const { projectId, snapshotId } = await params;
  const loaded = await load(async (api) => {
    const snapshot = await api.snapshots.get({ projectId, snapshotId });
    return { snapshot, run: snapshot.run ? await api.runs.get({ projectId, runId: snapshot.run.id }) : null };
  });
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const { snapshot, run } = loaded.data;
  return (
    <>
      <PageHead
        title={`${SNAPSHOT_KINDS[snapshot.kind]} snapshot of ${snapshot.cluster.name}`}
        badge={<SnapshotBadge snapshot={snapshot} />}
        actions={
          <>
            <CopyLink />
            <SnapshotActions snapshot={snapshot} />
          </>
        }
      >
        {utcLong(snapshot.createdAt)}
        {snapshot.requestedBy ? `, asked for by ${snapshot.requestedBy}` : ""}.
      </PageHead>
      <SnapshotNotices snapshot={snapshot} />
      {run && (run.status === "RUNNING" || run.status === "QUEUED") ? <SnapshotRun key={run.id} initial={run} /> : null}
      <SnapshotFacts snapshot={snapshot} />
      <SnapshotOrigin snapshot={snapshot} />
      {snapshot.contents ? <SnapshotContents contents={snapshot.contents} /> : null}
    </>
  );
}
