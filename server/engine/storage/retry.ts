import { setTimeout as sleep } from "node:timers/promises";
import { isDomainError } from "@/server/platform/errors/domain-error";

export interface RetryOptions {
  /** Tries in all, the first included. */
  readonly attemptsMax: number;
  readonly delayMsMin: number;
  readonly delayMsMax: number;
  readonly wait: (delayMs: number) => Promise<void>;
  /** A number from 0 to 1, for the jitter. */
  readonly random: () => number;
}

export const RETRY_DEFAULTS: RetryOptions = {
  attemptsMax: 5,
  delayMsMin: 100,
  delayMsMax: 10_000,
  wait: (delayMs) => sleep(delayMs),
  random: Math.random,
};

/**
 * Waits before the next try after the `attempt`th (from 1) failed, or throws the error when there is none: when it was
 * the last, and when the error is not STORAGE_UNAVAILABLE. Pauses double and are drawn at random between half and all
 * of their length, so that many workers do not come back together.
 */
export async function pauseBeforeRetry(error: unknown, attempt: number, options: RetryOptions): Promise<void> {
  const { attemptsMax, delayMsMin, delayMsMax, wait, random } = options;
  if (!isDomainError(error, "STORAGE_UNAVAILABLE") || attempt >= attemptsMax) throw error;
  const delayMs = Math.min(delayMsMax, delayMsMin * 2 ** (attempt - 1));
  await wait(delayMs * (0.5 + random() / 2));
}

/** Does work that may be done again until it does not fail with STORAGE_UNAVAILABLE, or the tries are used up. */
export async function retryUnavailable<T>(work: () => Promise<T>, options: RetryOptions = RETRY_DEFAULTS): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      await pauseBeforeRetry(error, attempt, options);
    }
  }
}
