import type { ComponentProps } from "react";
import { classNames } from "./class-names";
import { Icon } from "./Icon";
import type { IconName } from "./icon-names";

interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  icon: IconName;
  label: string;
}

export function IconButton({ icon, label, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classNames("btn quiet icon", className)}
      aria-label={label}
      title={label}
    >
      <Icon name={icon} />
    </button>
  );
}
