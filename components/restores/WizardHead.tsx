import type { ReactNode } from "react";
import { Stepper } from "@/components/ui/Stepper";

const STEPS = ["Source", "Destination", "Check and confirm"] as const;

export function WizardHead({ title, step, children }: { title: string; step: number; children?: ReactNode }) {
  return (
    <div className="head">
      <div>
        <h1>{title}</h1>
        {children ? <p>{children}</p> : null}
      </div>
      <Stepper steps={STEPS} current={step} />
    </div>
  );
}
