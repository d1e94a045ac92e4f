"use client";

import { Icon } from "@/components/ui/Icon";
import { Menu } from "@/components/ui/Menu";
import { MenuItem } from "@/components/ui/MenuItem";
import type { FrameData } from "./frame-data";

export function Switcher({ frame }: { frame: FrameData }) {
  const organization = frame.organization?.name ?? "Holdfast";
  const project = frame.project?.name ?? "All projects";
  return (
    <Menu
      label={`Switch organization or project, now ${organization}, ${project}`}
      triggerClass="switch"
      align="start"
      trigger={
        <>
          <span>
            <small>{organization}</small>
            <b>{project}</b>
          </span>
          <Icon name="chevrons-up-down" />
        </>
      }
    >
      {frame.organizations.map((one) => (
        <div key={one.id} role="group" aria-label={one.name}>
          <div className="nav-h">{one.name}</div>
          <MenuItem href={`/organizations/${one.id}/clusters`} icon="layout-grid">
            All projects
          </MenuItem>
          {one.projects.map((entry) => (
            <MenuItem key={entry.id} href={`/projects/${entry.id}/overview`} icon="folder">
              {entry.name}
            </MenuItem>
          ))}
        </div>
      ))}
    </Menu>
  );
}
