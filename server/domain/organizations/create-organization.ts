import type { Actor } from "@/server/access/actor";
import type { OrgScope } from "@/server/access/require-permission";
import type { Tx } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";
import { makeSealedIdKey } from "../repositories/open-repository";
import { recordActivity } from "../activity/record-activity";
import { createBuiltInTarget } from "../storage/built-in-target";

/** An organization with its owner, the installation's disk to store on, and the key of its node ids, which never changes. */
export async function createOrganization(
  tx: Tx,
  actor: Actor,
  input: { name: string; ownerId: string },
): Promise<OrgScope> {
  const org = await tx.organization.create({
    data: {
      id: newId(),
      name: input.name,
      idKeySealed: makeSealedIdKey(),
      members: { create: { userId: input.ownerId, roles: ["ORG_OWNER"] } },
    },
    select: { id: true, name: true },
  });
  await createBuiltInTarget(tx, org.id);
  await recordActivity(tx, { organizationId: org.id, type: "ORG_CREATED", actor, details: { name: org.name } });
  return org;
}
