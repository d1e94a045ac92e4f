import type { ReactNode } from "react";
import { Icon } from "./Icon";
import type { IconName } from "./icon-names";

interface EmptyStateProps {
  icon: IconName;
  title: string;
  children: ReactNode;
  actions?: ReactNode;
  level?: 1 | 2 | 3;
}

/** A page or list with nothing in it: what belongs here, and the next step. Also the look of refused and not found. */
export function EmptyState({ icon, title, children, actions, level = 2 }: EmptyStateProps) {
  const Heading = `h${level}` as const;
  return (
    <div className="panel">
      <div className="empty">
        <Icon name={icon} />
        <Heading className="empty-h">{title}</Heading>
        <p>{children}</p>
        {actions ? <div className="acts">{actions}</div> : null}
      </div>
    </div>
  );
}
