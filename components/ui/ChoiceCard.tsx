import type { ComponentProps, ReactNode } from "react";
import { classNames } from "./class-names";
import { Icon } from "./Icon";

interface ChoiceCardProps extends Omit<ComponentProps<"input">, "type" | "title"> {
  type: "radio" | "checkbox";
  title: ReactNode;
  aside?: ReactNode;
  /** Why it cannot be chosen. */
  disabledReason?: ReactNode;
  children?: ReactNode;
}

/** One choice among several, as a card with its consequences. */
export function ChoiceCard({ type, title, aside, disabledReason, children, ...input }: ChoiceCardProps) {
  return (
    <label className={classNames("choice", input.checked && "on", disabledReason ? "off" : null)}>
      <input
        {...input}
        type={type}
        className={classNames("check", type === "radio" && "round")}
        disabled={disabledReason ? true : input.disabled}
      />
      <span className="sum">
        {title}
        {aside ? <span>{aside}</span> : null}
      </span>
      {children ? <span className="what">{children}</span> : null}
      {disabledReason ? (
        <span className="what s12 why">
          <Icon name="lock" className="s" />
          <span>{disabledReason}</span>
        </span>
      ) : null}
    </label>
  );
}
