import { listWords } from "@/components/format/numbers";
import type { Allowed } from "@/server/domain/common/schema";

/** Why something cannot be done now, for the control that would do it; undefined when it can. */
export function reasonOf(can: Allowed): string | undefined {
  if (can.allowed) return undefined;
  if (!can.needs) return can.reason;
  const holders = can.whoHas.slice(0, 3);
  const others = can.whoHas.length - holders.length;
  const names = others > 0 ? [...holders, `${others} more`] : holders;
  const who =
    names.length === 0 ? "Nobody has it here." : `${listWords(names)} ${names.length === 1 ? "has" : "have"} it.`;
  return `It needs ${can.needs}. ${who}`;
}
