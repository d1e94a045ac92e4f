import type { TargetTest } from "@/server/domain/storage/schema";
import { TestSteps } from "./TestSteps";

/** How the last test of a target went, step by step. */
export function LastTest({ test }: { test: TargetTest | null }) {
  if (!test)
    return <p className="panel panel-b t2">Never tested. A test stores three small objects and removes them.</p>;
  return <TestSteps test={test} label={test.ok ? "Test, passed" : "Test, failed"} />;
}
