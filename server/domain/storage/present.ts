import * as z from "zod/mini";
import type { Actor } from "@/server/access/actor";
import { can, type OrgScope } from "@/server/access/require-permission";
import type { Prisma, StorageTargetModel } from "@/server/platform/db";
import { parseStorageUrl, type StorageLocation } from "@/server/engine/storage";
import type { Permission } from "@/server/access/permissions";
import type { Allowed } from "../common/schema";
import { CloudProvider } from "../clusters/schema";
import { ProbeStepView, type AssignmentView, type TargetTest, type TargetUsage, type TargetView } from "./schema";

export const WITH_ASSIGNMENTS = {
  assignments: { include: { project: true }, orderBy: { createdAt: "asc" } },
} as const satisfies Prisma.StorageTargetInclude;

export type TargetRow = Prisma.StorageTargetGetPayload<{ include: typeof WITH_ASSIGNMENTS }>;
export type ExplainInOrg = (permission: Permission, block?: string | null) => Allowed;

const NOTHING_STORED: TargetUsage = { storedBytes: 0, snapshots: 0, clusters: 0 };
/** Members learn what it is, not where on the server. */
const BUILT_IN_PLACE = "HOLDFAST_HOME/repositories";

/** Where a location is, as people say it, and what answers there. Nothing of it is secret. */
export function describePlace(location: string | null): { place: string; service: string | null } {
  if (location === null) return { place: BUILT_IN_PLACE, service: null };
  const parsed = parseStorageUrl(location);
  return { place: placeOf(parsed), service: parsed.endpoint ?? (parsed.scheme === "s3" ? parsed.region : null) };
}

function placeOf(location: StorageLocation): string {
  const prefix = location.prefix.replace(/\/$/, "");
  const below = prefix ? `/${prefix}` : "";
  switch (location.scheme) {
    case "file":
      return location.path;
    case "s3":
    case "gs":
      return `${location.scheme}://${location.bucket}${below}`;
    case "azblob":
      return `azblob://${location.account}/${location.container}${below}`;
  }
}

/** The place of a repository: a folder of its target. */
export function repositoryPlace(
  target: Pick<StorageTargetModel, "location">,
  repository: { id: string; location: string },
) {
  if (target.location === null) return `${BUILT_IN_PLACE}/${repository.id}`;
  return describePlace(repository.location).place;
}

export function presentTest(target: StorageTargetModel): TargetTest | null {
  if (!target.testedAt || target.testOk === null) return null;
  const steps = z.array(ProbeStepView).safeParse(target.testSteps);
  return { at: target.testedAt, ok: target.testOk, steps: steps.success ? steps.data : [] };
}

function presentAssignment(row: TargetRow["assignments"][number]): AssignmentView {
  return {
    id: row.id,
    project: row.project && { id: row.project.id, name: row.project.name },
    cloudProvider: CloudProvider.parse(row.cloudProvider),
    region: row.region,
  };
}

/** Why a target has to stay, as far as its page knows; removing asks again (remove-target.ts). */
function whyItStays(target: StorageTargetModel, usage: TargetUsage): string | null {
  if (target.kind === "INSTALLATION") return "The installation's own disk always stays.";
  if (target.isDefault) return "It is the default. Make another one the default first.";
  if (usage.snapshots === 0) return null;
  const snapshots =
    usage.snapshots === 1
      ? "a snapshot, which has"
      : `${usage.snapshots.toLocaleString("en-US")} snapshots, which have`;
  return `It holds ${snapshots} to expire or be deleted first.`;
}

/** A target as the reader sees it: assignments to projects they do not see are only counted. */
export function presentTarget(
  actor: Actor,
  org: OrgScope,
  target: TargetRow,
  usage: TargetUsage | undefined,
  explain: ExplainInOrg,
): TargetView {
  const visible = target.assignments.filter(({ project }) => !project || can(actor, "project.read", { project }));
  const builtIn =
    target.kind === "INSTALLATION" ? "The installation's own disk has no name or credentials to change." : null;
  return {
    id: target.id,
    name: target.name,
    kind: target.kind,
    isDefault: target.isDefault,
    ...describePlace(target.location),
    usage: usage ?? NOTHING_STORED,
    assignments: visible.map(presentAssignment),
    hiddenAssignments: target.assignments.length - visible.length,
    lastTest: presentTest(target),
    createdAt: target.createdAt,
    createdBy: target.createdByName,
    can: {
      edit: explain("storage.manage", builtIn),
      test: explain("storage.manage"),
      makeDefault: explain("storage.manage", target.isDefault ? "It is the default." : null),
      assign: explain("storage.manage"),
      remove: explain("storage.manage", whyItStays(target, usage ?? NOTHING_STORED)),
    },
  };
}
