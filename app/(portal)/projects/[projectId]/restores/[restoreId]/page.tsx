import type { Metadata } from "next";
import { load } from "@/app/lib/load";
import { Refused } from "@/components/errors/Refused";
import { reportPath } from "@/components/format/addresses";
import { utcLong } from "@/components/format/times";
import { CancelRestore } from "@/components/restores/CancelRestore";
import { RestoreBadge } from "@/components/restores/RestoreBadge";
import { RestoreOutcome } from "@/components/restores/RestoreOutcome";
import { RestoreRun } from "@/components/restores/RestoreRun";
import { LinkButton } from "@/components/ui/Button";
import { CopyLink } from "@/components/ui/CopyLink";
import { Id } from "@/components/ui/Id";
import { PageHead } from "@/components/ui/PageHead";

export const metadata: Metadata = { title: "Restore" };

interface Props {
  params: Promise<{ projectId: string; restoreId: string }>;
}

/** A restore while it runs and after it; the address finds it again. */
export default async function RestorePage({ params }: Props) {
  const { projectId, restoreId } = await params;
  const loaded = await load(async (api) => {
    const restore = await api.restores.get({ projectId, restoreId });
    const run = restore.run
      ? await api.runs.get({ projectId: restore.target.project.id, runId: restore.run.id })
      : null;
    return { restore, run };
  });
  if (!loaded.ok) return <Refused problem={loaded.problem} />;
  const { restore, run } = loaded.data;
  const running = restore.status === "QUEUED" || restore.status === "IN_PROGRESS";
  return (
    <>
      <PageHead
        title={`Restore to ${restore.target.cluster.name}`}
        badge={<RestoreBadge restore={restore} />}
        actions={
          <>
            <CopyLink />
            {running ? <CancelRestore restore={restore} projectId={projectId} /> : null}
            {restore.hasReport ? (
              <LinkButton kind="primary" href={reportPath(projectId, restore.id)}>
                See report
              </LinkButton>
            ) : null}
          </>
        }
      >
        From {restore.source.cluster.name}, snapshot of {utcLong(restore.snapshot.dataAt ?? restore.snapshot.createdAt)}
        , full load. <Id id={restore.id} what="restore id" />
      </PageHead>
      <RestoreOutcome restore={restore} projectId={projectId} />
      {run ? <RestoreRun key={run.id} restore={restore} initial={run} /> : null}
    </>
  );
}
