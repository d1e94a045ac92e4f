import * as z from "zod/mini";
import { Id } from "../common/schema";

export const OneRepository = z.object({ orgId: Id, repositoryId: Id });
export type OneRepository = z.infer<typeof OneRepository>;

/** What belongs on paper, apart from the installation key. */
export const RecoveryKitView = z.object({
  organization: z.string(),
  repositoryId: Id,
  /** Without credentials. */
  location: z.string(),
  /** Id of the installation key that opens it; the key itself never leaves the server. */
  keyId: z.string(),
  /** The object in the storage that the envelope is. */
  envelopeName: z.string(),
  /** The wrapped keys as text, in groups. */
  envelope: z.string(),
  commands: z.array(z.object({ words: z.string(), command: z.string() })),
  /** Environment variables that the commands need. */
  credentials: z.array(z.string()),
});
export type RecoveryKitView = z.infer<typeof RecoveryKitView>;
