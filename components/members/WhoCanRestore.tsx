import { Icon } from "@/components/ui/Icon";
import { Section } from "@/components/ui/Section";
import type { ProjectMembersView } from "@/server/domain/members/schema";

export function WhoCanRestore({ view }: { view: ProjectMembersView }) {
  const { whoCanRestore, ownersWithoutRole } = view;
  return (
    <Section id="who" title="Who can restore here, and why" aside="The destination project needs the role too">
      <ul className="panel list">
        {whoCanRestore.length === 0 ? (
          <li>
            <span className="lead ic-warn">
              <Icon name="triangle-alert" />
            </span>
            <div>
              <b>Nobody</b> <span className="t2">can restore here. Give somebody a backup role.</span>
            </div>
          </li>
        ) : null}
        {whoCanRestore.map(({ role, names, gives }) => (
          <li key={role.role}>
            <span className="lead ic-ok">
              <Icon name="check" />
            </span>
            <div>
              <b>{names.join(", ")}</b>{" "}
              <span className="t2">{names.length === 1 ? `is ${role.label}.` : `are ${role.label}s.`}</span>
            </div>
            <span className="s12 t2">{gives.join(", ").toLowerCase()}</span>
          </li>
        ))}
        {ownersWithoutRole.length > 0 ? (
          <li>
            <span className="lead ic-3">
              <Icon name="minus" />
            </span>
            <div>
              <b>{ownersWithoutRole.join(", ")}</b>{" "}
              <span className="t2">
                {ownersWithoutRole.length === 1 ? "is" : "are"} Organization Owner
                {ownersWithoutRole.length === 1 ? "" : "s"}. That gives no backup rights in a project; they would have
                to add themselves here first, which everyone would see in the activity.
              </span>
            </div>
            <span className="s12 t3 nw">nothing yet</span>
          </li>
        ) : null}
      </ul>
    </Section>
  );
}
