import { Brand } from "./Brand";
import { NavLinks } from "./NavLinks";
import { RailFoot } from "./RailFoot";
import { organizationSections, projectSections } from "./sections";
import { Switcher } from "./Switcher";
import type { FrameData } from "./frame-data";

/** What the left rail holds; the mobile menu shows the same. */
export function Rail({ frame }: { frame: FrameData }) {
  const { organization, project } = frame;
  return (
    <div className="rail-in">
      <Brand />
      <Switcher frame={frame} />
      {project ? <NavLinks links={projectSections(project.id)} /> : null}
      {organization ? (
        <>
          <div className="nav-h">Organization</div>
          <NavLinks links={organizationSections(organization.id)} />
        </>
      ) : null}
      <RailFoot installation={frame.installation} />
    </div>
  );
}
