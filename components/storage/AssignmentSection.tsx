"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { reasonOf } from "@/components/access/reason";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Icon } from "@/components/ui/Icon";
import { Section } from "@/components/ui/Section";
import { toast } from "@/components/ui/toast-store";
import type { AssignmentView, TargetDetail } from "@/server/domain/storage/schema";
import { assignmentWords } from "./AssignmentTags";

const AssignDialog = dynamic(() => import("./AssignDialog").then((module) => module.AssignDialog), { ssr: false });

/** Which snapshots go to a target, rule by rule. */
export function AssignmentSection({ target, orgId }: { target: TargetDetail; orgId: string }) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const reason = reasonOf(target.can.assign);
  const { run, busy, problem } = useAction(
    (client, one: AssignmentView) => client.storage.unassign.mutate({ orgId, assignmentId: one.id }),
    (_, one) => {
      toast({ tone: "ok", title: `${assignmentWords(one)}: no longer assigned to ${target.name}` });
      router.refresh();
    },
  );
  const { assignments, hiddenAssignments, isDefault } = target;
  return (
    <Section
      id="assigned"
      title="What goes there"
      aside={
        <Button size="small" icon="plus" disabledReason={reason} onClick={() => setOpen(true)}>
          Assign
        </Button>
      }
    >
      <ul className="panel list">
        {assignments.map((one) => (
          <li key={one.id}>
            <span className="lead">
              <Icon name="arrow-right" />
            </span>
            <div>
              <b>{assignmentWords(one)}</b>
              <span className="sub">New snapshots of clusters there.</span>
            </div>
            <Button size="small" busy={busy} disabledReason={reason} onClick={() => run(one)}>
              Take away
            </Button>
          </li>
        ))}
        {hiddenAssignments > 0 ? (
          <li>
            <span className="lead">
              <Icon name="lock" />
            </span>
            <div className="t2">{hiddenAssignments} more, of projects that you do not see.</div>
          </li>
        ) : null}
        {isDefault ? (
          <li>
            <span className="lead">
              <Icon name="check" />
            </span>
            <div>
              <b>All without an assignment</b>
              <span className="sub">It is the default: new snapshots of clusters that no assignment fits.</span>
            </div>
          </li>
        ) : null}
        {!isDefault && assignments.length + hiddenAssignments === 0 ? (
          <li>
            <span className="lead">
              <Icon name="minus" />
            </span>
            <div className="t2">
              No snapshot goes there yet. Assign a provider and region to it, or make it the default.
            </div>
          </li>
        ) : null}
      </ul>
      {problem ? <LazyErrorNotice problem={problem} /> : null}
      {open ? <AssignDialog target={target} orgId={orgId} onClose={() => setOpen(false)} /> : null}
    </Section>
  );
}
