import type { ReactNode } from "react";
import { Toasts } from "@/components/ui/Toasts";

export default function PortalLayout({ children }: { children: ReactNode }) {
  return (
    <>
      {children}
      <Toasts />
    </>
  );
}
