import { rawChild } from "../protocol/decode";
import { evaluateLet, rawOf, type Raw } from "../query";
import type { CommandContext } from "../runtime/context";
import { toTimestamp } from "../storage/timestamp";

const evaluated = new WeakMap<CommandContext, Readonly<Record<string, Raw>>>();

/** Variables of expressions: NOW, CLUSTER_TIME and the values of `let`. They stay the same while a command runs. */
export function letVariables(ctx: CommandContext): Readonly<Record<string, Raw>> {
  let variables = evaluated.get(ctx);
  if (!variables) {
    const base = {
      NOW: rawOf(ctx.server.clock.now()),
      CLUSTER_TIME: rawOf(toTimestamp(ctx.server.store.lastTime)),
    };
    const definition = rawChild(ctx.raw, "let");
    variables = definition ? evaluateLet(definition, base) : base;
    evaluated.set(ctx, variables);
  }
  return variables;
}
