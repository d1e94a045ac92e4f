import type { Target } from "../auth/privileges";
import type { CommandContext } from "../runtime/context";
import type { ReplyDocument } from "../protocol/encode";

/** What a command needs: an action on a target. */
export interface Need {
  target: Target;
  action: string;
}

/** One command of the table. */
export interface Command {
  name: string;
  aliases?: readonly string[];
  /** Answered before login. */
  anonymous?: boolean;
  adminOnly?: boolean;
  /** Asked before it runs; all of them must be allowed. "anyone" needs a login and nothing else. */
  needs: "anyone" | ((ctx: CommandContext) => Need[]);
  /** Waits for the write concern afterwards, and may be retried by session. */
  writes?: boolean;
  /** May run inside a transaction. */
  inTransaction?: boolean;
  /** When given, a field that is neither here nor generic answers 40415. */
  fields?: readonly string[];
  help?: string;
  run(ctx: CommandContext): Promise<ReplyDocument> | ReplyDocument;
}
