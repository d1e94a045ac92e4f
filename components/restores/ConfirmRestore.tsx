"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { restorePath } from "@/components/format/addresses";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { ChoiceCard } from "@/components/ui/ChoiceCard";
import { ConfirmName, missingLetters } from "@/components/ui/ConfirmName";
import { Icon } from "@/components/ui/Icon";
import type { StartRestore } from "@/server/domain/restores/schema";

interface ConfirmRestoreProps {
  choice: Omit<StartRestore, "typedName" | "acceptUnblocked">;
  targetName: string;
  /** What it does, in one sentence. */
  summary: string;
  /** Why it cannot start, whatever is typed. */
  stopped: string | null;
  needsAcceptUnblocked: boolean;
}

/** The last gate: the typed name, then the one primary button. */
export function ConfirmRestore({ choice, targetName, summary, stopped, needsAcceptUnblocked }: ConfirmRestoreProps) {
  const router = useRouter();
  const [typedName, setTypedName] = useState("");
  const [acceptUnblocked, setAcceptUnblocked] = useState(false);
  const { run, busy, problem } = useAction(
    (client, input: StartRestore) => client.restores.start.mutate(input),
    ({ restoreId }) => router.push(restorePath(choice.targetProjectId, restoreId)),
  );
  const waits = stopped ?? waitsFor(typedName, targetName, needsAcceptUnblocked && !acceptUnblocked);

  return (
    <form
      className="sec confirm"
      aria-labelledby="confirm"
      onSubmit={(event) => {
        event.preventDefault();
        if (!waits) void run({ ...choice, typedName, acceptUnblocked });
      }}
    >
      <div className="sec-h">
        <h2 id="confirm">Confirm</h2>
      </div>
      <p className="t2">{summary}</p>
      {needsAcceptUnblocked ? (
        <ChoiceCard
          type="checkbox"
          title="Clients may write meanwhile"
          checked={acceptUnblocked}
          onChange={(event) => setAcceptUnblocked(event.target.checked)}
        >
          This server cannot block writes. What clients write during the restore is lost. I have stopped them, or accept
          that.
        </ChoiceCard>
      ) : null}
      <ConfirmName label="Type the name of the destination cluster" name={targetName} onChange={setTypedName} />
      {problem ? <LazyErrorNotice problem={problem} /> : null}
      <Button type="submit" kind="primary" size="wide" busy={busy} disabledReason={waits ?? undefined}>
        Start restore
      </Button>
      <p className="why" role="status">
        <Icon name="info" className="s" />
        <span>{waits ?? "Nothing is changed before this button."}</span>
      </p>
    </form>
  );
}

function waitsFor(typed: string, name: string, acceptance: boolean): string | null {
  if (acceptance) return "Waits for your decision about clients that write.";
  return missingLetters(typed, name) === "" ? null : "Waits for the name.";
}
