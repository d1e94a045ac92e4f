import { encodeKey } from "@/server/engine/bson/key";
import type { Collation } from "./collation";
import { equalRaw } from "./compare";
import { anyAtPath, matchPath } from "./path-walk";
import { itemsOf, MISSING_TYPE, detached, Raw } from "./raw";

/** Collects the distinct values of a path, arrays at its end taken apart, in the order in which they appear. */
export class DistinctValues {
  readonly #values: Raw[] = [];
  readonly #keys = new Set<string>();
  readonly #path;

  constructor(
    path: string,
    readonly collation: Collation | null = null,
  ) {
    this.#path = matchPath(path);
  }

  add(doc: Buffer): void {
    const collect = (buf: Buffer, type: number, start: number, end: number): boolean => {
      if (type === MISSING_TYPE) return false;
      const value = new Raw(buf, type, start, end);
      if (value.isArray) itemsOf(value).forEach((item) => this.#keep(item));
      else this.#keep(value);
      return false;
    };
    anyAtPath(this.#path, collect, false, doc, 0, doc.length);
  }

  values(): Raw[] {
    return this.#values;
  }

  #keep(value: Raw): void {
    if (this.collation !== null) {
      if (this.#values.some((known) => equalRaw(known, value, this.collation))) return;
    } else {
      const key = encodeKey(value.buf, value).toString("latin1");
      if (this.#keys.has(key)) return;
      this.#keys.add(key);
    }
    this.#values.push(detached(value));
  }
}
