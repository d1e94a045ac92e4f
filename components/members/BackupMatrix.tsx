import { Icon } from "@/components/ui/Icon";
import { Section } from "@/components/ui/Section";
import type { ProjectMembersView } from "@/server/domain/members/schema";

export function BackupMatrix({ matrix }: { matrix: ProjectMembersView["backupMatrix"] }) {
  return (
    <Section
      id="matrix"
      title="What each role may do with backups"
      aside="Roles held in this project, and those about backups"
    >
      <div className="panel scroll" tabIndex={0} role="region" aria-label="Roles and what they may do">
        <table className="tight table">
          <thead>
            <tr>
              <th>Role</th>
              {matrix.actions.map((action) => (
                <th key={action.key} className="mid">
                  {action.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.rows.map((row) => (
              <tr key={row.role.role}>
                <th scope="row">{row.role.label}</th>
                {row.allowed.map((allowed, index) => (
                  <td key={matrix.actions[index]?.key} className="mid">
                    {allowed ? (
                      <span className="cell-y">
                        <Icon name="check" />
                        <span className="sr">Yes</span>
                      </span>
                    ) : (
                      <span className="t3">
                        –<span className="sr">No</span>
                      </span>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
