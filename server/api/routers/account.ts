import * as z from "zod/mini";
import { ChangePassword, Me, RevokeSession, SessionView, UpdateAccount } from "@/server/domain/account/schema";
import * as account from "@/server/domain/account/service";
import { Done } from "@/server/domain/common/schema";
import { procedureFor } from "../procedures";
import { router } from "../trpc";
import { done } from "./done";

export const accountRouter = router({
  me: procedureFor("account.read")
    .output(Me)
    .query(({ ctx }) => account.getMe(ctx.actor, ctx.session)),
  update: procedureFor("account.update")
    .input(UpdateAccount)
    .output(Done)
    .mutation(({ ctx, input }) => done(account.updateAccount(ctx.actor, input))),
  changePassword: procedureFor("account.update")
    .input(ChangePassword)
    .output(Done)
    .mutation(({ ctx, input }) => done(account.changePassword(ctx.actor, ctx.session, input))),
  sessions: procedureFor("account.read")
    .output(z.array(SessionView))
    .query(({ ctx }) => account.listSessions(ctx.actor, ctx.session)),
  endSession: procedureFor("account.update")
    .input(RevokeSession)
    .output(Done)
    .mutation(({ ctx, input }) => done(account.endSession(ctx.actor, input))),
});
