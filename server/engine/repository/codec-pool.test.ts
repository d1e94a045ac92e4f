import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { seal, unseal } from "./sealed";
import { loadWasmZstd, loadZstd } from "./zstd";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../..");
const run = promisify(execFile);

/** Seals a node on a worker thread and opens it again; prints the content. */
const PROGRAM = `
import { NodeCodec } from "@/server/engine/repository/node-codec";
const keys = { idKey: Buffer.alloc(32, 1), encryptionKey: Buffer.alloc(32, 2) };
const codec = new NodeCodec(keys, "0123456789abcdef01234567");
const content = Buffer.from("hold fast ".repeat(1000));
const id = codec.idOf(content);
const sealed = await codec.seal(id, content);
const place = { packId: Buffer.alloc(16), offset: 0, storedBytes: sealed.length, contentBytes: 10000 };
console.log((await codec.unseal(id, sealed, place)).toString().slice(0, 9));
`;

async function withFolder(parent: string, work: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "holdfast-codec-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe("the worker threads for nodes", () => {
  it("start from the source tree under tsx, and let the process end", async () => {
    await withFolder(tmpdir(), async (folder) => {
      const program = join(folder, "program.mts");
      await writeFile(program, PROGRAM);
      const tsconfig = join(root, "tsconfig.json");
      const options = { cwd: root, env: { ...process.env, TSX_TSCONFIG_PATH: tsconfig } };
      const { stdout } = await run(process.execPath, ["--import", "tsx", program], options);
      expect(stdout).toBe("hold fast\n");
    });
  });

  it("start from a bundle that has the worker beside it", async () => {
    // Below the project, so that packages are found from it.
    await withFolder(join(root, "node_modules/.cache"), async (folder) => {
      await build({
        absWorkingDir: root,
        stdin: { contents: PROGRAM, resolveDir: root, loader: "ts" },
        outfile: join(folder, "program.mjs"),
        bundle: true,
        platform: "node",
        target: "node20",
        format: "esm",
        packages: "external",
      });
      await build({
        absWorkingDir: root,
        entryPoints: [join(here, "node-codec-worker.ts")],
        outfile: join(folder, "node-codec-worker.mjs"),
        bundle: true,
        platform: "node",
        target: "node20",
        format: "esm",
        packages: "external",
      });
      const { stdout } = await run(process.execPath, [join(folder, "program.mjs")], { cwd: folder });
      expect(stdout).toBe("hold fast\n");
    });
  });
});

describe("sealing", () => {
  const key = Buffer.alloc(32, 7);
  const context = { kind: "node", identity: Buffer.from("here") } as const;

  it("gives content back under the same key and identity, and under no other", async () => {
    const zstd = await loadZstd();
    for (const content of [Buffer.from("abc".repeat(500)), Buffer.from([1, 2, 3])]) {
      const sealed = seal(zstd, key, context, content);
      expect(Buffer.from(unseal(zstd, key, context, sealed, content.length)).equals(content)).toBe(true);
      expect(() => unseal(zstd, Buffer.alloc(32), context, sealed, content.length)).toThrowError(/authentication/);
      const elsewhere = { ...context, identity: Buffer.from("else") };
      expect(() => unseal(zstd, key, elsewhere, sealed, content.length)).toThrowError(/authentication/);
      expect(() => unseal(zstd, key, { ...context, kind: "pack" }, sealed, content.length)).toThrowError(
        /authentication/,
      );
      expect(() => unseal(zstd, key, context, sealed, content.length + 1)).toThrowError(/length/);
    }
  });

  it("never uses a nonce twice", async () => {
    const zstd = await loadZstd();
    const nonces = Array.from({ length: 50 }, () =>
      seal(zstd, key, context, Buffer.from("same")).toString("hex", 2, 14),
    );
    expect(new Set(nonces).size).toBe(50);
  });

  it.skipIf(!("zstdCompressSync" in zlib))(
    "reads with Node's zstd what WebAssembly wrote, and the other way",
    async () => {
      const [native, wasm] = [await loadZstd(), await loadWasmZstd()];
      const content = Buffer.from("hold fast ".repeat(100));
      expect(Buffer.from(native.decompress(wasm.compress(content, 1), 1000)).equals(content)).toBe(true);
      expect(Buffer.from(wasm.decompress(native.compress(content, 1), 1000)).equals(content)).toBe(true);
    },
  );
});
