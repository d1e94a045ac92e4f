import { Done, InCluster, NamedRef } from "@/server/domain/common/schema";
import { getRecoveryKit } from "@/server/domain/repositories/recovery-kit";
import { OneRepository, RecoveryKitView } from "@/server/domain/repositories/schema";
import { assignTarget, unassignTarget } from "@/server/domain/storage/assign-target";
import { removeTarget } from "@/server/domain/storage/remove-target";
import { addTarget, makeTargetDefault, updateTarget } from "@/server/domain/storage/save-target";
import {
  AddTarget,
  AssignTarget,
  NewTargetView,
  OneTarget,
  StoragePlace,
  StorageView,
  TargetDetail,
  TargetTest,
  TestNewTarget,
  UnassignTarget,
  UpdateTarget,
} from "@/server/domain/storage/schema";
import { describeNewTarget, getTargetDetail, listTargets } from "@/server/domain/storage/service";
import { testNewTarget, testTarget } from "@/server/domain/storage/test-target";
import { getNextPlace } from "@/server/domain/storage/where-stored";
import { procedureFor } from "../procedures";
import { router } from "../trpc";
import { done } from "./done";

export const storageRouter = router({
  list: procedureFor("storage.read")
    .output(StorageView)
    .query(({ ctx }) => listTargets(ctx.actor, ctx.org)),
  get: procedureFor("storage.read")
    .input(OneTarget)
    .output(TargetDetail)
    .query(({ ctx, input }) => getTargetDetail(ctx.actor, ctx.org, input.targetId)),
  describeNew: procedureFor("storage.manage")
    .output(NewTargetView)
    .query(({ ctx }) => describeNewTarget(ctx.org)),
  testNew: procedureFor("storage.manage")
    .input(TestNewTarget)
    .output(TargetTest)
    .mutation(({ ctx, input }) => testNewTarget(ctx.actor, input)),
  test: procedureFor("storage.manage")
    .input(OneTarget)
    .output(TargetTest)
    .mutation(({ ctx, input }) => testTarget(ctx.actor, ctx.org, input.targetId)),
  add: procedureFor("storage.manage")
    .input(AddTarget)
    .output(NamedRef)
    .mutation(({ ctx, input }) => addTarget(ctx.actor, ctx.org, input)),
  update: procedureFor("storage.manage")
    .input(UpdateTarget)
    .output(Done)
    .mutation(({ ctx, input }) => done(updateTarget(ctx.actor, ctx.org, input))),
  makeDefault: procedureFor("storage.manage")
    .input(OneTarget)
    .output(Done)
    .mutation(({ ctx, input }) => done(makeTargetDefault(ctx.actor, ctx.org, input))),
  assign: procedureFor("storage.manage")
    .input(AssignTarget)
    .output(Done)
    .mutation(({ ctx, input }) => done(assignTarget(ctx.actor, ctx.org, input))),
  unassign: procedureFor("storage.manage")
    .input(UnassignTarget)
    .output(Done)
    .mutation(({ ctx, input }) => done(unassignTarget(ctx.actor, ctx.org, input))),
  remove: procedureFor("storage.manage")
    .input(OneTarget)
    .output(Done)
    .mutation(({ ctx, input }) => done(removeTarget(ctx.actor, ctx.org, input))),
  recoveryKit: procedureFor("recoveryKit.read")
    .input(OneRepository)
    .output(RecoveryKitView)
    .query(({ ctx, input }) => getRecoveryKit(ctx.actor, ctx.org, input.repositoryId)),
  nextPlace: procedureFor("snapshot.read")
    .input(InCluster)
    .output(StoragePlace)
    .query(({ ctx, input }) => getNextPlace(ctx.project, input.clusterId)),
});
