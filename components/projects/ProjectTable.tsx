import Link from "next/link";
import { projectPath } from "@/components/format/addresses";
import { RelativeTime } from "@/components/ui/RelativeTime";
import { TableHead } from "@/components/ui/TableHead";
import { Tag } from "@/components/ui/Tag";
import type { ProjectListItem } from "@/server/domain/projects/schema";
import { JoinProject } from "./JoinProject";

export function ProjectTable({ projects }: { projects: readonly ProjectListItem[] }) {
  return (
    <div className="panel">
      <table className="stack table">
        <TableHead
          columns={["Project", "Your roles", { num: "Clusters" }, { num: "Members" }, "Created"]}
          act="Actions"
        />
        <tbody>
          {projects.map((project) => (
            <tr key={project.id}>
              <td>
                <Link href={projectPath(project.id)}>
                  <b>{project.name}</b>
                </Link>
              </td>
              <td data-l="Your roles">
                {project.myRoles.length === 0 ? (
                  <span className="t3">None</span>
                ) : (
                  <span className="tags">
                    {project.myRoles.map((role) => (
                      <Tag key={role.role}>{role.label}</Tag>
                    ))}
                  </span>
                )}
              </td>
              <td className="num" data-l="Clusters">
                {project.clusterCount ?? <span className="t3">Not visible to you</span>}
              </td>
              <td className="num" data-l="Members">
                {project.memberCount}
              </td>
              <td data-l="Created">
                <RelativeTime at={project.createdAt} />
              </td>
              <td className="act">
                {!project.isMember && project.can.join.allowed ? <JoinProject project={project} /> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
