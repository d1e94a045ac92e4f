import { Icon } from "./Icon";

/** The steps of a wizard; those before `current` are done. */
export function Stepper({ steps, current }: { steps: readonly string[]; current: number }) {
  return (
    <ol className="stepper" aria-label="Steps">
      {steps.map((step, index) => (
        <li
          key={step}
          className={index < current ? "done" : undefined}
          aria-current={index === current ? "step" : undefined}
        >
          <span className="dot">{index < current ? <Icon name="check" className="s" /> : index + 1}</span>
          {step}
        </li>
      ))}
    </ol>
  );
}
