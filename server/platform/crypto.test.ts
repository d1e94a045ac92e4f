import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  equalSecrets,
  generateKeyFile,
  InstallationKey,
  readKeyFile,
  readOrMakeKeyFile,
  replaceKeyFile,
  warnOfShortKey,
} from "./crypto";
import { createLogger } from "./logger";

const key = new InstallationKey("correct horse battery staple");
const other = new InstallationKey("another installation's key");

describe("sealing", () => {
  it("gives back any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (bytes, purpose) => {
        const sealed = key.seal(Buffer.from(bytes), purpose);
        expect(key.unseal(sealed, purpose)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it("never gives the same bytes twice, nor shows the content", () => {
    const first = key.seal("mongodb://user:secret@host", "cluster.connection");
    expect(first.equals(key.seal("mongodb://user:secret@host", "cluster.connection"))).toBe(false);
    expect(first.includes("secret")).toBe(false);
  });

  it("refuses a value that was sealed for another purpose", () => {
    const sealed = key.seal("x", "organization.idKey");
    expect(() => key.unseal(sealed, "repository.key")).toThrow(/damaged/);
  });

  it("tells another installation's key from damage", () => {
    const sealed = key.seal("x", "p");
    expect(() => other.unseal(sealed, "p")).toThrow(/another installation key/);
  });

  it("refuses any changed byte and any shortened value", () => {
    const sealed = key.seal("some content", "p");
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index]! ^= 1;
      expect(() => key.unseal(changed, "p")).toThrow();
      expect(() => key.unseal(sealed.subarray(0, index), "p")).toThrow();
    }
  });

  it("derives the same bytes for the same purpose, others for others", () => {
    expect(key.derive("session")).toEqual(new InstallationKey("correct horse battery staple").derive("session"));
    expect(key.derive("session").equals(key.derive("csrf"))).toBe(false);
  });
});

describe("the key file", () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "holdfast-key-"));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it("is made once, for its owner alone", () => {
    const made = readOrMakeKeyFile(join(home, "a"));
    expect(readOrMakeKeyFile(join(home, "a"))).toBe(made);
    expect(statSync(join(home, "a/key")).mode & 0o777).toBe(0o600);
    expect(Buffer.from(made, "base64")).toHaveLength(32);
  });

  it("is closed again when others could read it", () => {
    writeFileSync(join(home, "key"), "a secret of sixteen characters\n", { mode: 0o644 });
    readOrMakeKeyFile(home);
    expect(statSync(join(home, "key")).mode & 0o777).toBe(0o600);
  });

  it("is never replaced when it is damaged", () => {
    const damaged = join(home, "b");
    readOrMakeKeyFile(damaged);
    writeFileSync(join(damaged, "key"), "");
    expect(() => readOrMakeKeyFile(damaged)).toThrow(/does not hold a key/);
    expect(existsSync(join(damaged, "key"))).toBe(true);
    expect(readFileSync(join(damaged, "key"), "utf8")).toBe("");
  });
});

describe("another key file", () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "holdfast-key-"));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it("is generated once, for its owner alone, and never over another one", () => {
    const file = join(home, "generated");
    const made = generateKeyFile(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readKeyFile(file).isSame(made)).toBe(true);
    expect(() => generateKeyFile(file)).toThrow(/exists already/);
    expect(readKeyFile(file).isSame(made)).toBe(true);
  });

  it("that is missing or too short is named", () => {
    writeFileSync(join(home, "short"), "too short\n");
    expect(() => readKeyFile(join(home, "short"))).toThrow(/16 characters/);
    expect(() => readKeyFile(join(home, "none"))).toThrow(/none cannot be read \(ENOENT\)/);
  });

  it("takes the place of the installation's, which stays beside it", () => {
    const old = new InstallationKey(readOrMakeKeyFile(home));
    const next = generateKeyFile(join(home, "next"));
    for (let time = 0; time < 2; time += 1) {
      replaceKeyFile(home, next, "key.old-2026-01-01");
      expect(readKeyFile(join(home, "key")).isSame(next)).toBe(true);
      expect(readKeyFile(join(home, "key.old-2026-01-01")).isSame(old)).toBe(true);
    }
    expect(statSync(join(home, "key")).mode & 0o777).toBe(0o600);
  });
});

it("compares secrets of different length without an error", () => {
  expect(equalSecrets("a", "ab")).toBe(false);
  expect(equalSecrets("ab", "ab")).toBe(true);
});

describe("a key from the environment", () => {
  it.each([
    ["a sentence of 28 characters.", 1],
    ["q3Yw3+0Xh0bJv1Zk8oN0Qm2m5u7y9A1cD4eF6gH8iJk=", 0],
    [null, 0],
  ])("%s is warned of %i times, without its text", (secret, times) => {
    const lines: string[] = [];
    warnOfShortKey(createLogger({ write: (line) => void lines.push(line) }), secret);
    expect(lines.filter((line) => line.includes("HOLDFAST_KEY is short"))).toHaveLength(times);
    if (secret !== null) expect(lines.join()).not.toContain(secret);
  });
});
