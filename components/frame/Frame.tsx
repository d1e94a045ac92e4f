import type { ReactNode } from "react";
import { Bar } from "./Bar";
import { ChooseOwnPassword } from "./ChooseOwnPassword";
import { Rail } from "./Rail";
import type { FrameData } from "./frame-data";

export function Frame({ frame, children }: { frame: FrameData; children: ReactNode }) {
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <div className="frame">
        <nav className="rail" aria-label="Sections">
          <Rail frame={frame} />
        </nav>
        <Bar frame={frame} />
        <main className="main" id="main" tabIndex={-1}>
          {frame.account.mustChangePassword ? <ChooseOwnPassword /> : null}
          {children}
        </main>
      </div>
    </>
  );
}
