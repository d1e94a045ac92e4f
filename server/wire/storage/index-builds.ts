import type { CollectionEntry } from "./catalog-entry";
import type { IndexBuild } from "./index-build-state";

/** The builds that run. */
export class IndexBuilds {
  readonly #running = new Map<number, IndexBuild[]>();
  readonly #turns = new Map<number, Promise<void>>();

  begin(build: IndexBuild): void {
    this.#running.set(build.collectionIdent, [...this.of(build.collectionIdent), build]);
  }

  end(build: IndexBuild): void {
    const left = this.of(build.collectionIdent).filter((other) => other !== build);
    if (left.length > 0) this.#running.set(build.collectionIdent, left);
    else this.#running.delete(build.collectionIdent);
  }

  of(collectionIdent: number): readonly IndexBuild[] {
    return this.#running.size === 0 ? [] : (this.#running.get(collectionIdent) ?? []);
  }

  /** A commit has ended: what builds noted of it counts, or never was. */
  settle(committed: boolean): void {
    if (this.#running.size === 0) return;
    for (const builds of this.#running.values()) for (const build of builds) build.settle(committed);
  }

  /** Commands that build on the same collection come one after another, so that the second sees what the first made. */
  async inTurn<T>(entry: CollectionEntry, run: () => Promise<T>): Promise<T> {
    const { ident } = entry;
    const before = this.#turns.get(ident);
    let done: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => (done = resolve));
    this.#turns.set(ident, mine);
    await before;
    try {
      return await run();
    } finally {
      done();
      if (this.#turns.get(ident) === mine) this.#turns.delete(ident);
    }
  }
}
