import { CompleteSetup, SetupResult, SetupStatus } from "@/server/domain/setup/schema";
import * as setup from "@/server/domain/setup/service";
import { procedureFor } from "../procedures";
import { router } from "../trpc";

export const setupRouter = router({
  status: procedureFor("setup.complete")
    .output(SetupStatus)
    .query(() => setup.getSetupStatus()),
  complete: procedureFor("setup.complete")
    .input(CompleteSetup)
    .output(SetupResult)
    .mutation(({ ctx, input }) => setup.completeSetup(input, ctx.ip)),
});
