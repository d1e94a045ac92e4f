"use client";

import { useState } from "react";
import type { Problem } from "@/components/errors/problem";
import type { Client } from "./client";
import { loadClient } from "./load-client";
import { problemOf } from "./problem-of";

interface Action<Input, Output> {
  run: (input: Input) => Promise<Output | null>;
  busy: boolean;
  problem: Problem | null;
  clear: () => void;
}

/**
 * One call that changes something: busy while it runs, the problem when it fails. `done` runs after success.
 * A second press while one runs does nothing.
 */
export function useAction<Input, Output>(
  call: (client: Client, input: Input) => Promise<Output>,
  done?: (output: Output, input: Input) => void,
): Action<Input, Output> {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  async function run(input: Input): Promise<Output | null> {
    if (busy) return null;
    setBusy(true);
    setProblem(null);
    try {
      const output = await call(await loadClient(), input);
      done?.(output, input);
      return output;
    } catch (error) {
      setProblem(problemOf(error));
      return null;
    } finally {
      setBusy(false);
    }
  }

  return { run, busy, problem, clear: () => setProblem(null) };
}
