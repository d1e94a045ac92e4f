import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { assertFolderAllowed, assertHostAllowed } from "./allowed-places";

const root = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-places-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));
mkdirSync(join(root, "allowed/inside"), { recursive: true });
mkdirSync(join(root, "allowed-not"));
symlinkSync(join(root, "allowed-not"), join(root, "allowed/way-out"));
symlinkSync(join(root, "allowed"), join(root, "also-allowed"));

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "allowed",
    (error: { code: string }) => error.code,
  );
const folder = (path: string) => codeOf(assertFolderAllowed(join(root, path), [join(root, "allowed")]));

describe("a folder for storage", () => {
  it("lies below one that the operator allows, whether it exists already or not", async () => {
    expect(await Promise.all(["allowed/inside", "allowed/new", "allowed/new/deeper"].map(folder))).toEqual([
      "allowed",
      "allowed",
      "allowed",
    ]);
  });

  it("is nowhere else: not the folder itself, beside it, above it, or behind a link that leads out", async () => {
    const elsewhere = ["allowed", "allowed-not", ".", "allowed/../allowed-not", "allowed/way-out", "allowed/way-out/x"];
    for (const path of elsewhere) expect([path, await folder(path)]).toEqual([path, "STORAGE_LOCATION_REFUSED"]);
    expect(await codeOf(assertFolderAllowed("/", [join(root, "allowed")]))).toBe("STORAGE_LOCATION_REFUSED");
  });

  it("may be allowed, and named, through a link", async () => {
    expect(await codeOf(assertFolderAllowed(join(root, "allowed/new"), [join(root, "also-allowed")]))).toBe("allowed");
    expect(await folder("also-allowed/new")).toBe("allowed");
  });

  it("is nowhere where the operator allows nothing", async () => {
    expect(await codeOf(assertFolderAllowed(join(root, "allowed/inside"), []))).toBe("STORAGE_LOCATION_REFUSED");
  });
});

describe("a host for storage", () => {
  it("is not where a machine's own credentials are given out, by address or by name", async () => {
    for (const host of ["169.254.169.254", "fd00:ec2::254", "fe80::1", "0.0.0.0", "::ffff:169.254.169.254"]) {
      expect([host, await codeOf(assertHostAllowed(host))]).toEqual([host, "STORAGE_LOCATION_REFUSED"]);
    }
    expect(await codeOf(assertHostAllowed("127.0.0.1"))).toBe("allowed");
    expect(await codeOf(assertHostAllowed("localhost"))).toBe("allowed");
  });

  it("without an address is told from one that is refused", async () => {
    expect(await codeOf(assertHostAllowed("nowhere.invalid"))).toBe("STORAGE_UNAVAILABLE");
  });
});
