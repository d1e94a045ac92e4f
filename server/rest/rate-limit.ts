import type { Clock } from "@/server/platform/clock";

export interface RateLimitState {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Until the next call is allowed; 0 when this one is. */
  retryAfterSeconds: number;
}

/** A bucket refills at its capacity each minute. */
export const REFILL_PERIOD_SECONDS = 60;
const BUCKETS_MAX = 10_000;

/**
 * Token buckets in this process's memory, one for each key. An installation with several web processes allows each
 * its own bucket: the limit protects a process from a caller, it is not a quota.
 */
export class RateLimiter {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  constructor(private readonly clock: Clock) {}

  /** Takes one token where there is one. */
  take(key: string, capacity: number): RateLimitState {
    const now = this.clock.now().getTime();
    const before = this.buckets.get(key) ?? { tokens: capacity, at: now };
    const refilled = before.tokens + ((now - before.at) / 1000) * (capacity / REFILL_PERIOD_SECONDS);
    const tokens = Math.min(capacity, refilled);
    const allowed = tokens >= 1;
    const left = allowed ? tokens - 1 : tokens;
    this.remember(key, left, now);
    const secondsToOne = ((1 - left) * REFILL_PERIOD_SECONDS) / capacity;
    return {
      allowed,
      limit: capacity,
      remaining: Math.floor(left),
      retryAfterSeconds: allowed ? 0 : Math.max(1, Math.ceil(secondsToOne)),
    };
  }

  /** A caller's bucket is moved to the end, so that the ones forgotten first are those not used for longest. */
  private remember(key: string, tokens: number, at: number): void {
    this.buckets.delete(key);
    this.buckets.set(key, { tokens, at });
    if (this.buckets.size > BUCKETS_MAX) {
      const [oldest] = this.buckets.keys();
      if (oldest !== undefined) this.buckets.delete(oldest);
    }
  }
}
