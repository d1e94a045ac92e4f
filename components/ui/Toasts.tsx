"use client";

import Link from "next/link";
import { useSyncExternalStore } from "react";
import { Icon } from "./Icon";
import { IconButton } from "./IconButton";
import { currentToasts, dismissToast, subscribeToasts, toastsOnServer } from "./toast-store";

const ICONS = { ok: "check", run: "loader-circle", bad: "octagon-x" } as const;

export function Toasts() {
  const toasts = useSyncExternalStore(subscribeToasts, currentToasts, toastsOnServer);
  return (
    <div className="toasts" role="status" aria-label="Notifications">
      {toasts.map((toast) => (
        <div className="toast" key={toast.id}>
          <span className={`ic-${toast.tone} mt-0.5 flex`}>
            <Icon name={ICONS[toast.tone]} />
          </span>
          <div>
            <b>{toast.title}</b>
            <span className="sub">
              {toast.detail}{" "}
              {toast.link ? (
                <Link className="link" href={toast.link.href}>
                  {toast.link.label}
                </Link>
              ) : null}
            </span>
          </div>
          <IconButton icon="x" label="Dismiss" onClick={() => dismissToast(toast.id)} />
        </div>
      ))}
    </div>
  );
}
