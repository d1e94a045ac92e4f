import { Face } from "@/components/ui/Face";
import { RelativeTime } from "@/components/ui/RelativeTime";
import { StateBadge } from "@/components/ui/StateBadge";
import { TableHead } from "@/components/ui/TableHead";
import { Tag } from "@/components/ui/Tag";
import type { OrgMemberView, ProjectMemberView } from "@/server/domain/members/schema";
import type { MemberScope } from "./member-scope";
import { MemberMenu } from "./MemberMenu";
import type { AssignableRole } from "./RolesField";

interface MemberTableProps {
  members: ReadonlyArray<ProjectMemberView | OrgMemberView>;
  scope: MemberScope;
  roles: readonly AssignableRole[];
}

export function MemberTable({ members, scope, roles }: MemberTableProps) {
  const rolesHead = `Roles in ${scope.name}`;
  const [thirdHead, fourthHead] = scope.kind === "project" ? ["From", "Restore here"] : ["Member since", "Projects"];
  return (
    <div className="panel">
      <table className="stack table">
        <TableHead columns={["Person", rolesHead, thirdHead, fourthHead, "Last seen"]} act="Actions" />
        <tbody>
          {members.map((member) => (
            <tr key={member.userId}>
              <td>
                <Person member={member} />
              </td>
              <td data-l={rolesHead}>
                <span className="tags">
                  {member.roles.map((role) => (
                    <Tag key={role.role}>{role.label}</Tag>
                  ))}
                </span>
              </td>
              <td data-l={thirdHead}>
                {"addedBy" in member ? (
                  member.addedBy ? (
                    `Added by ${member.addedBy}`
                  ) : (
                    "Directly"
                  )
                ) : (
                  <RelativeTime at={member.joinedAt} />
                )}
              </td>
              <td data-l={fourthHead}>
                {"canRestore" in member ? (
                  <StateBadge state={member.canRestore ? "yes" : "none"}>{member.canRestore ? "Yes" : "No"}</StateBadge>
                ) : (
                  member.projectCount
                )}
              </td>
              <td data-l="Last seen" className="nw t2">
                {member.lastSeenAt ? <RelativeTime at={member.lastSeenAt} /> : "Never"}
              </td>
              <td className="act">
                <MemberMenu member={member} scope={scope} roles={roles} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Person({ member }: { member: ProjectMemberView | OrgMemberView }) {
  return (
    <span className="row">
      <Face name={member.name} />
      <span className="min-w-0">
        <b>{member.name}</b> {member.isYou ? <span className="t3">you</span> : null}
        <span className="sub clip">{member.email}</span>
      </span>
    </span>
  );
}
