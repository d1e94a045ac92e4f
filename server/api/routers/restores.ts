import * as z from "zod/mini";
import { Done, Id, pageOf } from "@/server/domain/common/schema";
import { checkRestore } from "@/server/domain/restores/check-restore";
import { cancelRestore, getReport, getRestore } from "@/server/domain/restores/get-restore";
import { listRestores } from "@/server/domain/restores/list-restores";
import { listTargets } from "@/server/domain/restores/list-targets";
import {
  CheckRestore,
  ListRestores,
  ListTargets,
  OneRestore,
  RestoreCheckView,
  RestoreDetail,
  RestoreReport,
  RestoreView,
  StartRestore,
  TargetsView,
} from "@/server/domain/restores/schema";
import { startRestore } from "@/server/domain/restores/start-restore";
import { procedureFor } from "../procedures";
import { router } from "../trpc";
import { done } from "./done";

export const restoresRouter = router({
  targets: procedureFor("restore.start")
    .input(ListTargets)
    .output(TargetsView)
    .query(({ ctx, input }) => listTargets(ctx.actor, ctx.project, input)),
  check: procedureFor("restore.start")
    .input(CheckRestore)
    .output(RestoreCheckView)
    .query(({ ctx, input }) => checkRestore(ctx.actor, ctx.project, input)),
  start: procedureFor("restore.start")
    .input(StartRestore)
    .output(z.object({ restoreId: Id, runId: Id }))
    .mutation(({ ctx, input }) => startRestore(ctx.actor, ctx.project, input)),
  list: procedureFor("restore.read")
    .input(ListRestores)
    .output(pageOf(RestoreView))
    .query(({ ctx, input }) => listRestores(ctx.actor, ctx.project, input)),
  get: procedureFor("restore.read")
    .input(OneRestore)
    .output(RestoreDetail)
    .query(({ ctx, input }) => getRestore(ctx.actor, ctx.project, input.restoreId)),
  report: procedureFor("restore.read")
    .input(OneRestore)
    .output(RestoreReport)
    .query(({ ctx, input }) => getReport(ctx.project, input.restoreId)),
  cancel: procedureFor("restore.cancel")
    .input(OneRestore)
    .output(Done)
    .mutation(({ ctx, input }) => done(cancelRestore(ctx.actor, ctx.project, input.restoreId))),
});
