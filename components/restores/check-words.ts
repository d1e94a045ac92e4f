import { listWords } from "@/components/format/numbers";
import type { Check } from "@/server/domain/restores/schema";

const ORDER = { fail: 0, warn: 1, pass: 2 } as const;

/** Fail, then warn, then pass; inside each the order of the list. */
export function sortChecks(checks: readonly Check[]): Check[] {
  return checks.toSorted((a, b) => ORDER[a.result] - ORDER[b.result]);
}

/** "9 pass, 1 warns, 1 fails" */
export function checkCounts(checks: readonly Check[]): string {
  const count = (result: Check["result"]) => checks.filter((check) => check.result === result).length;
  const [fails, warns, passes] = [count("fail"), count("warn"), count("pass")];
  const parts = [
    `${passes} pass`,
    warns > 0 ? `${warns} ${warns === 1 ? "warns" : "warn"}` : null,
    fails > 0 ? `${fails} ${fails === 1 ? "fails" : "fail"}` : null,
  ];
  return parts.filter((part) => part !== null).join(", ");
}

/** Why the restore cannot start, from the checks; null when it can. */
export function stoppedBy(checks: readonly Check[]): string | null {
  const failed = checks.filter((check) => check.result === "fail").map((check) => check.title);
  if (failed.length === 0) return null;
  return failed.length === 1 ? `The check “${failed[0]}” fails.` : `The checks ${listWords(failed)} fail.`;
}
