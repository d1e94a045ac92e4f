import type { ReactNode } from "react";

interface PageHeadProps {
  title: ReactNode;
  badge?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}

export function PageHead({ title, badge, children, actions }: PageHeadProps) {
  return (
    <div className="head">
      <div>
        <h1>
          {title} {badge}
        </h1>
        {children ? <p>{children}</p> : null}
      </div>
      {actions ? <div className="acts">{actions}</div> : null}
    </div>
  );
}
