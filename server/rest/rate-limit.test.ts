import { describe, expect, it } from "vitest";
import { fixedClock } from "@/server/platform/clock";
import { RateLimiter } from "./rate-limit";

describe("RateLimiter", () => {
  it("counts down, refuses, says when to come back, and refills", () => {
    const clock = fixedClock(new Date("2026-08-10T00:00:00Z"));
    const limiter = new RateLimiter(clock);
    const take = () => limiter.take("key", 6);
    expect(take()).toEqual({ allowed: true, limit: 6, remaining: 5, retryAfterSeconds: 0 });
    for (let call = 0; call < 5; call++) expect(take().allowed).toBe(true);
    expect(take()).toEqual({ allowed: false, limit: 6, remaining: 0, retryAfterSeconds: 10 });
    clock.advance(9_999);
    expect(take().allowed).toBe(false);
    clock.advance(1);
    expect(take().allowed).toBe(true);
    clock.advance(3_600_000);
    expect(take().remaining).toBe(5);
  });

  it("keeps callers apart, and never more of them than it has room for", () => {
    const limiter = new RateLimiter(fixedClock(new Date(0)));
    for (let caller = 0; caller < 10_001; caller++) limiter.take(`caller ${caller}`, 2);
    expect(limiter.take("caller 10000", 2).remaining).toBe(0);
    expect(limiter.take("caller 0", 2).remaining).toBe(1);
  });
});
