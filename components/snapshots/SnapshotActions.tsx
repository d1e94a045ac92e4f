"use client";

import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { reasonOf } from "@/components/access/reason";
import { newRestorePath, snapshotPath } from "@/components/format/addresses";
import { loadClient } from "@/components/trpc/load-client";
import { problemOf } from "@/components/trpc/problem-of";
import { LinkButton } from "@/components/ui/Button";
import { Icon } from "@/components/ui/Icon";
import { Menu } from "@/components/ui/Menu";
import { MenuItem } from "@/components/ui/MenuItem";
import { toast } from "@/components/ui/toast-store";
import type { SnapshotView } from "@/server/domain/snapshots/schema";

const DeleteSnapshotDialog = dynamic(
  () => import("./DeleteSnapshotDialog").then((module) => module.DeleteSnapshotDialog),
  {
    ssr: false,
  },
);
const CancelSnapshotDialog = dynamic(
  () => import("./CancelSnapshotDialog").then((module) => module.CancelSnapshotDialog),
  {
    ssr: false,
  },
);

/** A row's button and menu. What cannot be done now is there with its reason. */
export function SnapshotActions({ snapshot }: { snapshot: SnapshotView }) {
  const router = useRouter();
  const [open, setOpen] = useState<"delete" | "cancel" | null>(null);
  const { projectId, cluster, can } = snapshot;
  const running = snapshot.status === "QUEUED" || snapshot.status === "IN_PROGRESS";
  const detail = snapshotPath(projectId, cluster.name, snapshot.id);
  const taken = snapshot.createdAt.toISOString().slice(0, 16).replace("T", " ");

  async function verify() {
    try {
      const client = await loadClient();
      await client.snapshots.verify.mutate({ projectId, snapshotId: snapshot.id });
      toast({ tone: "run", title: "Verification has begun", link: { href: detail, label: "See snapshot" } });
      router.refresh();
    } catch (error) {
      const problem = problemOf(error);
      const { wordsFor } = await import("@/components/errors/messages");
      const words = wordsFor(problem.code, problem.params);
      toast({ tone: "bad", title: words.title, detail: words.body });
    }
  }

  return (
    <span className="row tight act-row">
      {snapshot.status === "FAILED" ? (
        <LinkButton size="small" href={detail} aria-label={`See why, ${taken}`}>
          See why
        </LinkButton>
      ) : can.restore.allowed ? (
        <LinkButton
          size="small"
          href={newRestorePath(projectId, { cluster: cluster.name, snapshot: snapshot.id })}
          aria-label={`Restore, ${taken}`}
        >
          Restore
        </LinkButton>
      ) : null}
      <Menu label={`Actions for the snapshot of ${taken} UTC`} trigger={<Icon name="ellipsis" />}>
        <MenuItem icon="eye" href={detail}>
          See snapshot
        </MenuItem>
        <MenuItem
          icon="history"
          href={newRestorePath(projectId, { cluster: cluster.name, snapshot: snapshot.id })}
          disabledReason={reasonOf(can.restore)}
        >
          Restore snapshot
        </MenuItem>
        <MenuItem icon="shield-check" disabledReason={reasonOf(can.verify)} onSelect={verify}>
          Verify snapshot
        </MenuItem>
        {running ? (
          <MenuItem icon="ban" disabledReason={reasonOf(can.cancel)} onSelect={() => setOpen("cancel")}>
            Cancel snapshot
          </MenuItem>
        ) : null}
        <MenuItem icon="trash-2" disabledReason={reasonOf(can.delete)} onSelect={() => setOpen("delete")}>
          Delete snapshot
        </MenuItem>
      </Menu>
      {open === "delete" ? <DeleteSnapshotDialog snapshot={snapshot} onClose={() => setOpen(null)} /> : null}
      {open === "cancel" ? <CancelSnapshotDialog snapshot={snapshot} onClose={() => setOpen(null)} /> : null}
    </span>
  );
}
