"use client";

import { useRouter } from "next/navigation";
import { reasonOf } from "@/components/access/reason";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Section } from "@/components/ui/Section";
import type { TargetDetail } from "@/server/domain/storage/schema";
import { TestRunning, TestSteps } from "./TestSteps";

/** The last test of a target, and the next one. */
export function TestSection({ target, orgId }: { target: TargetDetail; orgId: string }) {
  const router = useRouter();
  const { run, busy, problem } = useAction(
    (client) => client.storage.test.mutate({ orgId, targetId: target.id }),
    () => router.refresh(),
  );
  const test = target.lastTest;
  return (
    <Section
      id="test"
      title="Last test"
      aside={
        <Button
          size="small"
          icon="search"
          busy={busy}
          disabledReason={reasonOf(target.can.test)}
          onClick={() => run(undefined)}
        >
          Test storage
        </Button>
      }
    >
      <div role="status" className="grid gap-4">
        {busy ? (
          <TestRunning />
        ) : test ? (
          <TestSteps test={test} label={test.ok ? "Test, passed" : "Test, failed"} />
        ) : (
          <p className="panel panel-b t2">Never tested. A test stores three small objects and removes them.</p>
        )}
      </div>
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </Section>
  );
}
