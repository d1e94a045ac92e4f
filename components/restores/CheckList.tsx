import { Icon } from "@/components/ui/Icon";
import type { Check } from "@/server/domain/restores/schema";
import { sortChecks } from "./check-words";

const LOOKS = {
  pass: { icon: "check", word: "Pass" },
  warn: { icon: "triangle-alert", word: "Warn" },
  fail: { icon: "octagon-x", word: "Fail" },
} as const;

/** Every check with the fact behind it. What passes stays visible: trust comes from reading it. */
export function CheckList({ checks }: { checks: readonly Check[] }) {
  return (
    <ul className="panel checks">
      {sortChecks(checks).map((check) => (
        <li key={check.id} className={check.result}>
          <Icon name={LOOKS[check.result].icon} />
          <h3>{check.title}</h3>
          <p>{check.fact}</p>
          <span className="v">{LOOKS[check.result].word}</span>
        </li>
      ))}
    </ul>
  );
}
