import { expect, it } from "vitest";
import { DomainError } from "@/server/platform/errors/domain-error";
import { fateOfRun, leftToResume } from "./fate";
import { JOURNAL_PHASES } from "./journal";
import { SimulatedKill } from "./points";

it("lets a run end only where its journal says that the target is not half swapped", () => {
  expect(fateOfRun(null)).toBe("settle");
  expect(Object.fromEntries(JOURNAL_PHASES.map((phase) => [phase, fateOfRun({ phase })]))).toEqual({
    loading: "tidy",
    swapping: "resume",
    committed: "resume",
    rollingBack: "resume",
    done: "settle",
  });
});

it("keeps what says already that another goes on, and calls all else left to be resumed", () => {
  for (const error of [
    new SimulatedKill("here"),
    new DomainError("RUN_LEASE_LOST"),
    new DomainError("WORKER_STOPPING"),
    new DomainError("CLUSTER_UNREACHABLE"),
    new DomainError("RESTORE_NOT_UNDONE"),
  ])
    expect(leftToResume(error)).toBe(error);
  const cause = new Error("disk full");
  expect(leftToResume(cause)).toMatchObject({ code: "RESTORE_NOT_UNDONE", cause });
});
