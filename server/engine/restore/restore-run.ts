import { isDomainError } from "@/server/platform/errors/domain-error";
import { isConnectionBroken, toUnreachable } from "../source/connection-errors";
import { checkCatalogue } from "./catalogue-check";
import { reach, timed, type RestoreContext, type RestoreOptions } from "./context";
import { isHandedOver, leaveToResume } from "./fate";
import { finishCommitted } from "./finish";
import type { JournalState, RestoredCollection, RestoreResult } from "./journal";
import { LiveNames } from "./live-names";
import { planRestore, type RestorePlan } from "./plan";
import { planSwap } from "./plan-swap";
import { SimulatedKill } from "./points";
import { Proofs } from "./prove";
import { readServerFacts } from "./server-facts";
import { indexStaging, loadStaging } from "./staging";
import { dropStaging, rollBack, swapForward } from "./swap";

/** The whole restore from its beginning; see restore-snapshot.ts. */
export async function runFullLoad(options: RestoreOptions): Promise<RestoreResult> {
  const context = await openContext(options);
  return guarded(context, initialState(options), async (setState) => {
    const plan = await timed(context, "plan", "Reading the manifest", () => readPlan(context));
    await reach(context, "planned");
    await dropStaging(context, await LiveNames.read(context.client, context.server));
    await context.journal.write(initialState(options));
    await reach(context, "journalled-loading");
    announce(context, plan);
    const collections = await stage(context, plan);
    const live = await LiveNames.read(context.client, context.server);
    const { documents, bytes } = totalsOf(collections);
    const state = planSwap(plan, live, options, {
      documents,
      bytes,
      collections,
      differences: plan.differences,
      timings: context.timings,
    });
    await context.journal.write(state);
    setState(state);
    await reach(context, "journalled-swapping");
    return swapAndCommit(context, plan, state, setState);
  });
}

/** Loads, indexes and proves under staging names. Nothing of it goes on when this ends, however it ends. */
async function stage(context: RestoreContext, { collections }: RestorePlan): Promise<RestoredCollection[]> {
  const proofs = new Proofs(context);
  try {
    const uuids = await timed(context, "load", "Loading documents, reading them back", () =>
      loadStaging(context, collections, proofs),
    );
    await reach(context, "loaded");
    await timed(context, "index", "Building indexes", () => indexStaging(context, collections, uuids));
    return await timed(context, "prove", "Reading back and comparing roots", () => proofs.finish(collections));
  } finally {
    await proofs.close();
  }
}

/** The swap from its journal on; also where resumeRestore goes on. */
export async function swapAndCommit(
  context: RestoreContext,
  plan: RestorePlan,
  state: JournalState,
  setState: (state: JournalState) => void,
): Promise<RestoreResult> {
  await timed(context, "swap", "Changing places", async () => {
    await swapForward(context, state);
    const found = await checkCatalogue(context, plan, state);
    state.result?.differences.push(...found);
    await reach(context, "catalogue-checked");
  });
  await context.journal.beforeCommit();
  await context.onPoint?.("before-commit");
  const committed: JournalState = { ...state, phase: "committed" };
  if (committed.result) committed.result.timings = context.timings;
  await commit(context, committed);
  setState(committed);
  await context.onPoint?.("journalled-committed");
  return finishCommitted(context, committed);
}

/**
 * The commit is the journal's word. When writing it fails, only the journal knows whether it happened, or will yet: what
 * is put back now could be committed a moment later, so nothing is decided here.
 */
async function commit(context: RestoreContext, committed: JournalState): Promise<void> {
  await context.assertHeld?.();
  try {
    await context.journal.write(committed);
  } catch (error) {
    const stored = await context.journal.read().catch(() => null);
    if (stored?.phase !== "committed") await leaveToResume(context, error);
  }
}

/** Runs the work; a failure before the commit puts everything back first, one after it leaves the rest to a resume. */
export async function guarded<T>(
  context: RestoreContext,
  initial: JournalState,
  work: (setState: (state: JournalState) => void) => Promise<T>,
): Promise<T> {
  let state = initial;
  try {
    return await work((next) => {
      state = next;
    });
  } catch (error) {
    if (error instanceof SimulatedKill || isHandedOver(error) || isDomainError(error, "RESTORE_NOT_UNDONE"))
      throw error;
    if (state.phase === "committed") return leaveToResume(context, toUnreachable(error, "target"));
    await putBack(context, state, isConnectionBroken(error));
    throw toUnreachable(error, "target");
  }
}

/**
 * Rolls back and writes it down. Without the journal nothing is touched and nothing is given up: this worker may have
 * lost its lease, and then the target is another worker's; else the target waits as it is, blocked, for a resume.
 */
async function putBack(context: RestoreContext, state: JournalState, afterBreak: boolean): Promise<void> {
  try {
    await context.journal.write({ ...state, phase: "rollingBack" });
    context.progress.message("Putting everything back");
    await context.onPoint?.("journalled-rolling-back");
    await rollBack(context, state, { afterBreak });
    await context.journal.write({ ...state, phase: "done", result: null });
  } catch (error) {
    await leaveToResume(context, error);
  }
}

export async function openContext(options: RestoreOptions): Promise<RestoreContext> {
  const server = await readServerFacts(options.client).catch((error: unknown) => {
    throw toUnreachable(error, "target");
  });
  return { ...options, server, timings: [] };
}

export async function readPlan(context: RestoreContext): Promise<RestorePlan> {
  return planRestore(await context.repository.readManifest(context.manifestId), context.runId, context.server);
}

export function initialState({ runId, manifestId }: RestoreOptions): JournalState {
  return {
    version: 1,
    runId,
    manifestId,
    phase: "loading",
    entries: [],
    viewsToDrop: [],
    viewsToCreate: [],
    parked: [],
    result: null,
  };
}

function announce(context: RestoreContext, plan: RestorePlan): void {
  const list = plan.collections.map(({ namespace, manifest: { bytes, documents } }) => ({
    name: namespace,
    bytes,
    documents,
  }));
  context.progress.collections(list);
  context.progress.totals(totalsOf(list));
}

function totalsOf(list: Array<{ bytes: number; documents: number }>): { bytes: number; documents: number } {
  return {
    bytes: list.reduce((total, { bytes }) => total + bytes, 0),
    documents: list.reduce((total, { documents }) => total + documents, 0),
  };
}
