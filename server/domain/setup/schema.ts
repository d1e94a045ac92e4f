import * as z from "zod/mini";
import { Email, NewPassword, PersonName } from "../account/schema";
import { Id, shortText } from "../common/schema";

/** The first user and organization of an empty installation. */
export const CompleteSetup = z.object({
  /** The one-time token that the terminal printed. */
  token: z.string().check(z.trim(), z.minLength(1), z.maxLength(200)),
  name: PersonName,
  email: Email,
  password: NewPassword,
  /** Left out where the installation has adopted organizations: they get their owner then. */
  organizationName: z.optional(shortText(64)),
  /** The first project. */
  projectName: z.optional(shortText(64)),
});
export type CompleteSetup = z.infer<typeof CompleteSetup>;

export const SetupStatus = z.object({
  needed: z.boolean(),
  /** Organizations were rebuilt from storage and wait for an owner. Their names are nobody's business before. */
  adopted: z.boolean(),
});
export type SetupStatus = z.infer<typeof SetupStatus>;
export const SetupResult = z.object({ organizationId: Id, projectId: z.nullable(Id) });
export type SetupResult = z.infer<typeof SetupResult>;
