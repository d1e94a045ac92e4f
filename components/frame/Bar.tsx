import { AccountMenu } from "./AccountMenu";
import { FindButton } from "./FindButton";
import { MobileMenu } from "./MobileMenu";
import { Path } from "./Path";
import { Rail } from "./Rail";
import { RunningWork } from "./RunningWork";
import { UtcClock } from "./UtcClock";
import type { FrameData } from "./frame-data";

export function Bar({ frame }: { frame: FrameData }) {
  const { organization, project, account } = frame;
  return (
    <header className="bar">
      <MobileMenu>
        <Rail frame={frame} />
      </MobileMenu>
      <Path organization={organization ?? undefined} project={project ?? undefined} />
      <div className="bar-r">
        <FindButton scope={{ organization, project }} />
        <RunningWork initial={frame.running} />
        <UtcClock />
        <AccountMenu name={account.name} email={account.email} />
      </div>
    </header>
  );
}
