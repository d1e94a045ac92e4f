"use client";

import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { reasonOf } from "@/components/access/reason";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Section } from "@/components/ui/Section";
import type { Allowed } from "@/server/domain/common/schema";
import { TestRunning } from "./LazyTestSteps";

interface TestSectionProps {
  targetId: string;
  orgId: string;
  can: Allowed;
  /** How the last test went. */
  children: ReactNode;
}

/** The last test of a target, and the next one. */
export function TestSection({ targetId, orgId, can, children }: TestSectionProps) {
  const router = useRouter();
  const { run, busy, problem } = useAction(
    (client) => client.storage.test.mutate({ orgId, targetId }),
    () => router.refresh(),
  );
  return (
    <Section
      id="test"
      title="Last test"
      aside={
        <Button size="small" icon="search" busy={busy} disabledReason={reasonOf(can)} onClick={() => run(undefined)}>
          Test storage
        </Button>
      }
    >
      <div role="status" className="grid gap-4">
        {busy ? <TestRunning /> : children}
      </div>
      {problem ? <LazyErrorNotice problem={problem} /> : null}
    </Section>
  );
}
