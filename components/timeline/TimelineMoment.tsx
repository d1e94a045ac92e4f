"use client";

import type { CSSProperties } from "react";
import { reasonOf } from "@/components/access/reason";
import { newRestorePath, snapshotPath } from "@/components/format/addresses";
import { formatBytes } from "@/components/format/bytes";
import { utcExact } from "@/components/format/times";
import { Button, LinkButton } from "@/components/ui/Button";
import { IconButton } from "@/components/ui/IconButton";
import { LocalTime } from "@/components/ui/LocalTime";
import { RelativeTime } from "@/components/ui/RelativeTime";
import type { Allowed } from "@/server/domain/common/schema";
import { KindLabel } from "./Mark";
import { markState, type TimelineMark } from "./timeline-types";

interface TimelineMomentProps {
  mark: TimelineMark;
  projectId: string;
  clusterName: string;
  canRestore: Allowed;
  /** Where the mark stands over the card, in percent of its width; null when it is outside the window. */
  notch: number | null;
  onStep: (by: number) => void;
}

/** The chosen snapshot: when, what, and what can be done with it. Never moves or changes its size. */
export function TimelineMoment({ mark, projectId, clusterName, canRestore, notch, onStep }: TimelineMomentProps) {
  const completed = mark.status === "COMPLETED";
  const reason = completed ? reasonOf(canRestore) : `The snapshot is ${markState(mark)}.`;
  return (
    <div
      className={notch === null ? "moment no-notch" : "moment"}
      style={{ "--at": `${notch ?? 0}%` } as CSSProperties}
    >
      <div>
        <div className="cap">Chosen snapshot</div>
        <div className="row">
          <b className="m">{utcExact(mark.at)}</b>
          <span className="push row tight">
            <IconButton icon="chevron-left" label="Previous snapshot" onClick={() => onStep(-1)} />
            <IconButton icon="chevron-right" label="Next snapshot" onClick={() => onStep(1)} />
          </span>
        </div>
        <span className="sub">
          <LocalTime at={mark.at} />
        </span>
      </div>
      <dl>
        <dt>Kind</dt>
        <dd>
          <KindLabel kind={mark.kind} />
        </dd>
        <dd>{mark.description ? `“${mark.description}”` : "No description"}</dd>
      </dl>
      <dl>
        <dt>Proof</dt>
        <dd>{sentence(markState(mark))}</dd>
        <dd>{mark.consistent ? "One moment for all collections" : "May not be consistent"}</dd>
      </dl>
      <dl>
        <dt>Data</dt>
        <dd>{mark.dataBytes === null ? "Not known" : formatBytes(mark.dataBytes)}</dd>
        <dd>
          {mark.expiresAt ? (
            <>
              Expires <RelativeTime at={mark.expiresAt} />
            </>
          ) : (
            "Does not expire"
          )}
        </dd>
      </dl>
      <div className="grid content-start gap-2">
        {reason ? (
          <Button size="wide" disabledReason={reason}>
            Restore snapshot
          </Button>
        ) : (
          <LinkButton
            kind="primary"
            size="wide"
            href={newRestorePath(projectId, { cluster: clusterName, snapshot: mark.snapshotId })}
          >
            Restore snapshot
          </LinkButton>
        )}
        <LinkButton size="wide" href={snapshotPath(projectId, clusterName, mark.snapshotId)}>
          See snapshot
        </LinkButton>
      </div>
    </div>
  );
}

const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
