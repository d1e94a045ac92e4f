import { Icon } from "@/components/ui/Icon";
import type { ProbeStepView, TargetTest } from "@/server/domain/storage/schema";
import { STEP_NAMES, STEP_WORDS } from "./storage-words";

/** Every step of a test: what went well, what failed and why, what could not be tried. */
export function TestSteps({ test, label }: { test: TargetTest; label: string }) {
  const done = new Map(test.steps.map((step) => [step.name, step]));
  return (
    <ul className="panel checks" aria-label={label}>
      {STEP_NAMES.map((name) => (
        <Step key={name} name={name} step={done.get(name)} />
      ))}
    </ul>
  );
}

/** The same while it runs. */
export function TestRunning() {
  return (
    <ul className="panel checks" aria-label="Test, running" aria-busy="true">
      {STEP_NAMES.map((name) => (
        <li key={name}>
          <Icon name="loader-circle" className="spin" />
          <b>{STEP_WORDS[name].title}</b>
          <p>Being tried</p>
          <span className="v" />
        </li>
      ))}
    </ul>
  );
}

function Step({ name, step }: { name: ProbeStepView["name"]; step: ProbeStepView | undefined }) {
  const { title, good } = STEP_WORDS[name];
  if (!step) {
    return (
      <li>
        <Icon name="minus" />
        <b>{title}</b>
        <p>Not tried: a step before it failed.</p>
        <span className="v">None</span>
      </li>
    );
  }
  const warns = step.ok && step.message !== null;
  const [look, icon, word] = step.ok
    ? warns
      ? (["warn", "triangle-alert", "Warn"] as const)
      : (["pass", "check", "Pass"] as const)
    : (["fail", "octagon-x", "Fail"] as const);
  return (
    <li className={look}>
      <Icon name={icon} />
      <b>{title}</b>
      <p className="wrap">{step.message === null ? good : sentence(step.message)}</p>
      <span className="v">{word}</span>
    </li>
  );
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? "" : "."}`;
}
