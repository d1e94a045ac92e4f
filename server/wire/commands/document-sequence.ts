import { BSON_TYPE, elements } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { missingField, rawElement, wrongType } from "../protocol/decode";
import type { CommandContext } from "../runtime/context";

/** The raw documents of a field: from a document sequence beside the body, or from an array in it. */
export function documentSequence(ctx: CommandContext, name: string): Buffer[] {
  const sequence = ctx.request.sequences.get(name);
  const element = rawElement(ctx.raw, name);
  if (sequence) {
    if (element) throw commandError(2, `field '${name}' appears in the body and as a sequence`);
    return sequence;
  }
  if (!element) throw missingField(`${ctx.name}.${name}`);
  if (element.type !== BSON_TYPE.array) throw wrongType(`${ctx.name}.${name}`, ctx.body[name], "array");
  const array = ctx.raw.subarray(element.start, element.end);
  return [...elements(array)].map((item) => {
    if (item.type !== BSON_TYPE.object) throw wrongType(`${ctx.name}.${name}.${item.name}`, null, "object");
    return array.subarray(item.start, item.end);
  });
}
