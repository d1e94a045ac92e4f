import { DomainError } from "@/server/platform/errors/domain-error";
import { isObjectName, type ObjectFacts } from "../storage";

/** A server may give empty pages (it skips what was deleted), but not without end. */
const EMPTY_PAGES_MAX = 100;

/**
 * Watches over the pages of one list, so that it ends whatever the server answers: names ascend, tokens do not come back, and
 * not too many pages in a row are empty. Throws STORAGE_UNSUITABLE otherwise.
 */
export class Listing {
  readonly #folder: string;
  readonly #tokens = new Set<string>();
  #last = "";
  #emptyPages = 0;

  /** `folder` is what all keys of the storage begin with; empty or with a slash at its end. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The objects of a page, without what others keep there under names that are none of ours. */
  *objects(keys: ReadonlyArray<{ readonly key: string; readonly bytes: number }>): Generator<ObjectFacts> {
    this.#emptyPages = keys.length === 0 ? this.#emptyPages + 1 : 0;
    if (this.#emptyPages > EMPTY_PAGES_MAX) throw unsuitable("the storage answers a list with empty pages only");
    for (const { key, bytes } of keys) {
      if (!isAfter(key, this.#last)) {
        throw unsuitable("the storage lists names in an order of its own, not in that of their bytes");
      }
      this.#last = key;
      const name = key.slice(this.#folder.length);
      if (isObjectName(name)) yield { name, bytes };
    }
  }

  /** The token of the next page as it came; undefined when there is none. */
  next(token: string | undefined): string | undefined {
    if (!token) return undefined;
    if (this.#tokens.has(token)) throw unsuitable("the storage's list leads back to a page that it gave already");
    this.#tokens.add(token);
    return token;
  }
}

/** By bytes, which differs from JavaScript's order only in names that are none of ours. */
function isAfter(key: string, last: string): boolean {
  return key > last || Buffer.compare(Buffer.from(key), Buffer.from(last)) > 0;
}

function unsuitable(message: string): DomainError {
  return new DomainError("STORAGE_UNSUITABLE", { message });
}
