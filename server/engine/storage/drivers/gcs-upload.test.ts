import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseStorageUrl, type GcsLocation } from "../location";
import { readObject } from "../storage";
import { FakeGcs, type SessionAnswer } from "../testing/fake-gcs";
import { RetryingStore } from "../wrappers/retrying";
import { GcsStore } from "./gcs";
import { PART_BYTES } from "./pieces";

const fake = new FakeGcs("test-bucket", "token");
let endpoint = "";
beforeAll(async () => {
  endpoint = await fake.start();
});
afterAll(() => fake.stop());
beforeEach(() => {
  fake.answersPart = () => null;
});

const large = Buffer.alloc(2 * PART_BYTES + 5, "holdfast");

function open(bucket = "test-bucket"): RetryingStore {
  const location = parseStorageUrl(`gs://${bucket}?endpoint=${endpoint}`) as GcsLocation;
  const store = new GcsStore(location, { kind: "none" }, undefined, () => Promise.resolve("token"));
  return new RetryingStore(store, { wait: async () => undefined });
}

/** The `count`th part that is sent, over all uploads, is answered so. */
function answerPart(count: number, answer: SessionAnswer): void {
  let parts = 0;
  fake.answersPart = () => ((parts += 1) === count ? answer : null);
}

describe("a resumable upload starts anew", () => {
  const answers: [string, SessionAnswer][] = [
    ["a part of it alone was kept", { status: 308, range: `bytes=0-${PART_BYTES - 1}` }],
    ["nothing of it was kept", { status: 308 }],
    ["its session is gone (410)", { status: 410 }],
    ["its session has expired (404)", { status: 404 }],
  ];
  for (const [count, which] of ["the first part", "a later part", "the last part"].entries()) {
    it.each(answers)(`when ${which} is answered that %s`, async (what, answer) => {
      const name = `${count}/${answer.status}-${answer.range?.length ?? 0}`;
      // To the first part this would say that all of it was kept.
      const kept = count === 0 && answer.range ? { ...answer, range: "bytes=0-262143" } : answer;
      answerPart(count + 1, kept);
      await open().put(name, large, { ifNoneMatch: true });
      expect((await readObject(open(), name)).equals(large), what).toBe(true);
    });
  }

  it("and is given up as unavailable when no session lasts", async () => {
    let parts = 0;
    fake.answersPart = () => ((parts += 1), { status: 404 });
    const refused = { code: "STORAGE_UNAVAILABLE" };
    await expect(open().put("never", large)).rejects.toMatchObject(refused);
    expect(parts).toBe(5);
  });

  it("but not in a bucket that is missing", async () => {
    let parts = 0;
    fake.answersPart = () => ((parts += 1), null);
    await expect(open("no-such-bucket").put("x", large)).rejects.toMatchObject({ code: "STORAGE_BUCKET_NOT_FOUND" });
    expect(parts).toBe(0);
  });
});
