import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import type { SchemaEngine } from "@prisma/schema-engine-wasm/schema_engine_bg";
import { migrationAdapterFactory } from "./adapter";

let loaded: Promise<typeof SchemaEngine> | null = null;

/** Loads the engine's WebAssembly by hand: its own entry imports a .wasm file, which Node does not do. */
async function loadEngine(): Promise<typeof SchemaEngine> {
  const bindings = await import("@prisma/schema-engine-wasm/schema_engine_bg");
  // Without it a panic inside the engine is an unreadable TypeError.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message: (message: string) => {
        console.error(message);
      },
    },
  });
  const entry = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const bytes = readFileSync(entry.replace(/\.js$/, ".wasm"));
  const { instance } = await WebAssembly.instantiate(bytes, {
    "./schema_engine_bg.js": bindings as unknown as WebAssembly.ModuleImports,
  });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports["__wbindgen_start"] as () => void)();
  return bindings.SchemaEngine;
}

/** The words of an engine error: those of the driver's own error when there is one behind it. */
function toError(error: unknown, consume: (id: number) => { error: unknown } | undefined): Error {
  const text = error instanceof Error ? error.message : String(error);
  const id = /External error id#(\d+)/.exec(text)?.[1];
  const cause = id === undefined ? undefined : consume(Number(id))?.error;
  if (cause instanceof Error) return cause;
  return error instanceof Error ? error : new Error(text);
}

/**
 * Runs `work` with a schema engine on the given database and closes it. Errors of the database arrive as the
 * driver threw them.
 */
export async function withSchemaEngine<T>(
  url: string,
  datamodels: Array<[path: string, content: string]>,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const Engine = await (loaded ??= loadEngine());
  const factory = migrationAdapterFactory(url);
  const bound = bindMigrationAwareSqlAdapterFactory(factory);
  try {
    const engine = await Engine.new({ datamodels }, () => undefined, bound);
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } catch (error) {
    throw toError(error, (id) => bound.errorRegistry.consumeError(id));
  } finally {
    await factory.close();
  }
}
