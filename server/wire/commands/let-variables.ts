import { elements } from "@/server/engine/bson/document";
import { rawChild } from "../protocol/decode";
import { Raw, rawOf } from "../query";
import type { CommandContext } from "../runtime/context";
import { toTimestamp } from "../storage/timestamp";

/** Variables of expressions: NOW, CLUSTER_TIME and the constants of `let`. */
export function letVariables(ctx: CommandContext): Readonly<Record<string, Raw>> {
  const variables: Record<string, Raw> = {
    NOW: rawOf(ctx.server.clock.now()),
    CLUSTER_TIME: rawOf(toTimestamp(ctx.server.store.lastTime)),
  };
  const given = rawChild(ctx.raw, "let");
  if (given) {
    for (const { name, type, start, end } of elements(given)) variables[name] = new Raw(given, type, start, end);
  }
  return variables;
}
