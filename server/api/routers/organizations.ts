import * as z from "zod/mini";
import { Done } from "@/server/domain/common/schema";
import * as apiKeys from "@/server/domain/organizations/api-keys";
import {
  ApiKeyView,
  CreateApiKey,
  CreatedApiKey,
  DeleteApiKey,
  OrganizationView,
  UpdateOrganization,
} from "@/server/domain/organizations/schema";
import * as organizations from "@/server/domain/organizations/service";
import { procedureFor } from "../procedures";
import { router } from "../trpc";
import { done } from "./done";

export const organizationsRouter = router({
  list: procedureFor("account.read")
    .output(z.array(OrganizationView))
    .query(({ ctx }) => organizations.listOrganizations(ctx.actor)),
  get: procedureFor("org.read")
    .output(OrganizationView)
    .query(({ ctx }) => organizations.getOrganization(ctx.actor, ctx.org)),
  update: procedureFor("org.update")
    .input(UpdateOrganization)
    .output(Done)
    .mutation(({ ctx, input }) => done(organizations.updateOrganization(ctx.actor, ctx.org, input))),
  apiKeys: procedureFor("apiKey.read")
    .output(z.array(ApiKeyView))
    .query(({ ctx }) => apiKeys.listApiKeys(ctx.org)),
  createApiKey: procedureFor("apiKey.manage")
    .input(CreateApiKey)
    .output(CreatedApiKey)
    .mutation(({ ctx, input }) => apiKeys.createApiKey(ctx.actor, ctx.org, input)),
  deleteApiKey: procedureFor("apiKey.manage")
    .input(DeleteApiKey)
    .output(Done)
    .mutation(({ ctx, input }) => done(apiKeys.deleteApiKey(ctx.actor, ctx.org, input))),
});
