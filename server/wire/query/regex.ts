import { commandError } from "../command-error";

/** A compiled pattern with the source it came from, so that regex values can be compared with it. */
export interface Pattern {
  readonly source: string;
  /** Alphabetical, as BSON stores them. */
  readonly flags: string;
  test(text: string): boolean;
  /** All matches from the start, with groups; for $regexFind and its kin. */
  readonly expression: RegExp;
}

const KNOWN_FLAGS = "imsxu";
const POSIX_CLASSES: Record<string, string> = {
  alpha: "a-zA-Z",
  digit: "0-9",
  alnum: "a-zA-Z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: "\\t-\\r ",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`{-~",
  xdigit: "0-9A-Fa-f",
  word: "\\w",
};

function invalid(why: string): Error {
  return commandError(51091, `Regular expression is invalid: ${why}`);
}

/**
 * Translates a PCRE pattern to JavaScript. What JavaScript has no equal for (atomic groups, possessive quantifiers,
 * recursion, \K, \R, callouts) is refused with 51091, never answered approximately.
 */
export function compilePattern(source: string, flags: string): Pattern {
  for (const flag of flags)
    if (!KNOWN_FLAGS.includes(flag)) throw commandError(51108, `invalid flag in regex options: ${flag}`);
  if (source.includes("\0")) throw commandError(2, "Regular expression cannot contain an embedded null byte");
  let body = source;
  let active = flags;
  const inline = /^\(\?([imsx]+)\)/.exec(body);
  if (inline) {
    body = body.slice(inline[0].length);
    active += inline[1]!;
  }
  const multiline = active.includes("m");
  const js = new Translator(body, active.includes("x"), multiline).run();
  const jsFlags = (active.includes("i") ? "i" : "") + (multiline ? "m" : "") + (active.includes("s") ? "s" : "");
  const expression = build(js, jsFlags);
  return { source, flags: [...new Set(flags)].sort().join(""), expression, test: (text) => expression.test(text) };
}

function build(js: string, flags: string): RegExp {
  try {
    return new RegExp(js, `${flags}u`);
  } catch {
    // PCRE accepts escapes of ordinary characters, which JavaScript only does without its Unicode mode.
  }
  try {
    return new RegExp(js, flags);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : "cannot be compiled");
  }
}

class Translator {
  #at = 0;
  #out = "";

  constructor(
    readonly source: string,
    readonly extended: boolean,
    readonly multiline: boolean,
  ) {}

  run(): string {
    while (this.#at < this.source.length) this.#step(this.source[this.#at]!);
    return this.#out;
  }

  #take(text: string, length = text.length): void {
    this.#out += text;
    this.#at += length;
  }

  #step(char: string): void {
    if (char === "\\") return this.#escape();
    if (char === "[") return this.#characterClass();
    if (char === "(") return this.#group();
    if (char === "$" && !this.multiline) return this.#take("(?=\\n?(?![\\s\\S]))", 1);
    if (this.extended && /\s/.test(char)) return this.#take("", 1);
    if (this.extended && char === "#") {
      const end = this.source.indexOf("\n", this.#at);
      this.#at = end < 0 ? this.source.length : end + 1;
      return;
    }
    this.#take(char);
    if ("*+?}".includes(char) && this.source[this.#at] === "+")
      throw invalid("possessive quantifiers are not supported");
  }

  #escape(): void {
    const next = this.source[this.#at + 1];
    if (next === undefined) throw invalid("\\ at end of pattern");
    if (next === "A") return this.#take("(?<![\\s\\S])", 2);
    if (next === "z") return this.#take("(?![\\s\\S])", 2);
    if (next === "Z") return this.#take("(?=\\n?(?![\\s\\S]))", 2);
    if (next === "h") return this.#take("[ \\t\\u00a0]", 2);
    if (next === "Q") {
      const end = this.source.indexOf("\\E", this.#at);
      const literal = this.source.slice(this.#at + 2, end < 0 ? undefined : end);
      this.#out += literal.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
      this.#at = end < 0 ? this.source.length : end + 2;
      return;
    }
    if ("KRGXCgNHe".includes(next)) throw invalid(`\\${next} is not supported`);
    this.#take(`\\${next}`);
  }

  #group(): void {
    const rest = this.source.slice(this.#at);
    if (/^\(\?(?:>|R|\d|&|P>|P=|\(|\||C|[+-]\d)/.test(rest) || rest.startsWith("(*")) {
      throw invalid("this kind of group is not supported");
    }
    const comment = /^\(\?#[^)]*\)/.exec(rest);
    if (comment) return this.#take("", comment[0].length);
    if (rest.startsWith("(?P<")) return this.#take("(?<", 4);
    if (/^\(\?[imsxnJU-]+[:)]/.test(rest)) throw invalid("options inside a pattern are supported at its start only");
    this.#take("(");
  }

  #characterClass(): void {
    this.#take("[");
    if (this.source[this.#at] === "^") this.#take("^");
    if (this.source[this.#at] === "]") this.#take("\\]", 1);
    while (this.source[this.#at] !== "]") {
      const char = this.source[this.#at];
      if (char === undefined) throw invalid("missing terminating ] for character class");
      const posix = /^\[:(\^?)(\w+):\]/.exec(this.source.slice(this.#at));
      if (posix) {
        const members = POSIX_CLASSES[posix[2]!];
        if (members === undefined || posix[1] === "^") throw invalid("unknown POSIX class name");
        this.#take(members, posix[0].length);
      } else if (char === "\\") {
        this.#take(this.source.slice(this.#at, this.#at + 2));
      } else {
        this.#take(char === "[" ? "\\[" : char, 1);
      }
    }
    this.#take("]");
  }
}
