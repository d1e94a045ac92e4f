import * as z from "zod/mini";
import { Done, Id, pageOf } from "@/server/domain/common/schema";
import { cancelSnapshot, deleteSnapshot, verifySnapshot } from "@/server/domain/snapshots/change-snapshot";
import { getSnapshotDetail } from "@/server/domain/snapshots/get-snapshot";
import { listSnapshots } from "@/server/domain/snapshots/list-snapshots";
import {
  ListSnapshots,
  OneSnapshot,
  SnapshotDetail,
  SnapshotView,
  TakeSnapshot,
  TimelineInput,
  TimelineView,
} from "@/server/domain/snapshots/schema";
import { takeSnapshot } from "@/server/domain/snapshots/take-snapshot";
import { getTimeline } from "@/server/domain/snapshots/timeline";
import { procedureFor } from "../procedures";
import { router } from "../trpc";
import { done } from "./done";

export const snapshotsRouter = router({
  list: procedureFor("snapshot.read")
    .input(ListSnapshots)
    .output(pageOf(SnapshotView))
    .query(({ ctx, input }) => listSnapshots(ctx.actor, ctx.project, input)),
  get: procedureFor("snapshot.read")
    .input(OneSnapshot)
    .output(SnapshotDetail)
    .query(({ ctx, input }) => getSnapshotDetail(ctx.actor, ctx.project, input.snapshotId)),
  timeline: procedureFor("snapshot.read")
    .input(TimelineInput)
    .output(TimelineView)
    .query(({ ctx, input }) => getTimeline(ctx.project, input)),
  take: procedureFor("snapshot.take")
    .input(TakeSnapshot)
    .output(z.object({ snapshotId: Id, runId: Id }))
    .mutation(({ ctx, input }) => takeSnapshot(ctx.actor, ctx.project, input)),
  cancel: procedureFor("snapshot.cancel")
    .input(OneSnapshot)
    .output(Done)
    .mutation(({ ctx, input }) => done(cancelSnapshot(ctx.actor, ctx.project, input.snapshotId))),
  verify: procedureFor("snapshot.verify")
    .input(OneSnapshot)
    .output(z.object({ runId: Id }))
    .mutation(({ ctx, input }) => verifySnapshot(ctx.actor, ctx.project, input.snapshotId)),
  delete: procedureFor("snapshot.delete")
    .input(OneSnapshot)
    .output(Done)
    .mutation(({ ctx, input }) => done(deleteSnapshot(ctx.actor, ctx.project, input.snapshotId))),
});
