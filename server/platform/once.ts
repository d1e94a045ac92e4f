/**
 * The one instance of something in this process, made at its first use. Kept on globalThis: Next loads a module
 * more than once (one copy for each bundle, a new one after each edit), and a pool or a listening connection must
 * not multiply with it.
 */
export function once<T>(name: string, make: () => T): () => T {
  const key = Symbol.for(`holdfast.${name}`);
  const store = globalThis as unknown as Record<symbol, T | undefined>;
  return () => (store[key] ??= make());
}

/** Forgets the instance, so that the next use makes a new one. Returns the old one for closing. */
export function forget<T>(name: string): T | undefined {
  const key = Symbol.for(`holdfast.${name}`);
  const store = globalThis as unknown as Record<symbol, T | undefined>;
  const old = store[key];
  store[key] = undefined;
  return old;
}
