import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../../command-error";
import { patternOf } from "../filter-values";
import { exactInt64 } from "../numbers";
import { fieldsOf, MISSING, NULL, rawArray, rawBool, rawInt32, rawObject, rawString, type Raw } from "../raw";
import { compilePattern, type Pattern } from "../regex";
import { typeName } from "../type-names";
import { isAbsent } from "./arithmetic";
import { stringOf } from "./conversion";
import { namedArguments, operator, type CompileContext, type Expression, type Operator } from "./types";

function text(name: string, code: number, value: Raw): string {
  if (!value.isString) throw commandError(code, `${name} requires a string argument, found: ${typeName(value.type)}`);
  return value.text();
}

function whole(name: string, code: number, value: Raw): number {
  const number = value.isNumber ? exactInt64(value) : null;
  if (number === null)
    throw commandError(code, `${name} requires an integral argument, found: ${typeName(value.type)}`);
  return Number(number);
}

/** Strings that are compared, cut and changed as ASCII: dates and numbers are written out first. */
function coerced(value: Raw): string {
  return isAbsent(value) ? "" : stringOf(value);
}

function asciiCase(change: (text: string) => string, pattern: RegExp): Operator {
  return operator(1, 1, ([value]) => rawString(coerced(value!).replace(pattern, change)));
}

function substringBytes([value, from, length]: Raw[]): Raw {
  const bytes = Buffer.from(coerced(value!), "utf8");
  const start = whole("$substrBytes", 16034, from!);
  const count = whole("$substrBytes", 16035, length!);
  if (start < 0) throw commandError(50752, "$substrBytes: starting index must be non-negative");
  const end = count < 0 ? bytes.length : Math.min(bytes.length, start + count);
  for (const cut of [start, end]) {
    if (cut < bytes.length && (bytes[cut]! & 0xc0) === 0x80) {
      throw commandError(28656, "$substrBytes: Invalid range, in the middle of a UTF-8 character.");
    }
  }
  return rawString(bytes.toString("utf8", Math.min(start, bytes.length), end));
}

function substringPoints([value, from, length]: Raw[]): Raw {
  const points = [...coerced(value!)];
  const start = whole("$substrCP", 34450, from!);
  const count = whole("$substrCP", 34452, length!);
  if (start < 0) throw commandError(34455, "$substrCP: the starting index must be nonnegative integer.");
  if (count < 0) throw commandError(34454, "$substrCP: length must be a nonnegative integer.");
  return rawString(points.slice(start, start + count).join(""));
}

function indexOf(name: string, points: boolean): Operator {
  const units = (value: string): string[] | Buffer => (points ? [...value] : Buffer.from(value, "utf8"));
  return operator(2, 4, ([value, wanted, from, to]) => {
    if (isAbsent(value!)) return NULL;
    const subject = units(text(name, 40091, value!));
    const needle = units(text(name, 40092, wanted!));
    const start = from === undefined ? 0 : whole(name, 40096, from);
    const end = to === undefined ? subject.length : Math.min(subject.length, whole(name, 40096, to));
    if (start < 0 || (to !== undefined && whole(name, 40096, to) < 0))
      throw commandError(40097, `${name} requires a nonnegative index`);
    for (let at = start; at + needle.length <= end; at += 1) {
      let same = true;
      for (let i = 0; same && i < needle.length; i += 1) same = subject[at + i] === needle[i];
      if (same) return rawInt32(at);
    }
    return rawInt32(-1);
  });
}

const WHITESPACE = "\0 \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a";

function trim(name: string, left: boolean, right: boolean): Operator {
  return (argument, context) => {
    const named = namedArguments(name, argument, argument.isObject ? fieldsOf(argument) : [], ["input"], ["chars"]);
    const input = context.compile(named.get("input")!);
    const chars: Expression = named.has("chars") ? context.compile(named.get("chars")!) : () => rawString(WHITESPACE);
    return (env) => {
      const value = input(env);
      const set = chars(env);
      if (isAbsent(value) || isAbsent(set)) return NULL;
      const unwanted = new Set(text(name, 50700, set));
      const points = [...text(name, 50699, value)];
      let start = 0;
      let end = points.length;
      while (left && start < end && unwanted.has(points[start]!)) start += 1;
      while (right && end > start && unwanted.has(points[end - 1]!)) end -= 1;
      return rawString(points.slice(start, end).join(""));
    };
  };
}

function replace(name: string, all: boolean): Operator {
  return (argument, context) => {
    const named = namedArguments(name, argument, argument.isObject ? fieldsOf(argument) : [], [
      "input",
      "find",
      "replacement",
    ]);
    const parts = ["input", "find", "replacement"].map((part) => context.compile(named.get(part)!));
    return (env) => {
      const values = parts.map((part) => part(env));
      if (values.some(isAbsent)) return NULL;
      const [input, find, replacement] = values.map((value) => text(name, 51746, value));
      return rawString(all ? input!.split(find!).join(replacement) : input!.replace(find!, () => replacement!));
    };
  };
}

/** $regexMatch, $regexFind, $regexFindAll. A pattern given as a constant is compiled once. */
function regex(name: string, answer: (input: string | null, pattern: Pattern | null) => Raw): Operator {
  return (argument, context) => {
    const named = namedArguments(
      name,
      argument,
      argument.isObject ? fieldsOf(argument) : [],
      ["input", "regex"],
      ["options"],
    );
    const input = context.compile(named.get("input")!);
    const pattern = patternExpression(name, named, context);
    return (env) => {
      const value = input(env);
      const compiled = pattern(env);
      if (isAbsent(value) || compiled === null) return answer(null, null);
      return answer(text(name, 51104, value), compiled);
    };
  };
}

function patternExpression(
  name: string,
  named: ReadonlyMap<string, Raw>,
  context: CompileContext,
): (env: Parameters<Expression>[0]) => Pattern | null {
  const regexExpression = context.compile(named.get("regex")!);
  const options: Expression = named.has("options") ? context.compile(named.get("options")!) : () => MISSING;
  const cache = new Map<string, Pattern>();
  return (env) => {
    const value = regexExpression(env);
    if (isAbsent(value)) return null;
    const given = options(env);
    const flags = isAbsent(given) ? "" : text(name, 51106, given);
    if (value.type === BSON_TYPE.regex) {
      const pattern = patternOf(value);
      if (flags === "") return pattern;
      if (pattern.flags !== "")
        throw commandError(51107, `${name}: found regex option(s) specified in both 'regex' and 'option' fields`);
      return compilePattern(pattern.source, flags);
    }
    const source = text(name, 51105, value);
    const key = `${flags}/${source}`;
    const known = cache.get(key) ?? compilePattern(source, flags);
    cache.set(key, known);
    return known;
  };
}

function matchObject(match: RegExpExecArray, input: string): Raw {
  return rawObject([
    { name: "match", value: rawString(match[0]) },
    { name: "idx", value: rawInt32([...input.slice(0, match.index)].length) },
    {
      name: "captures",
      value: rawArray(
        match.slice(1).map((group) => ((group as string | undefined) === undefined ? NULL : rawString(group))),
      ),
    },
  ]);
}

function findAll(input: string | null, pattern: Pattern | null): Raw {
  if (input === null || pattern === null) return rawArray([]);
  const expression = new RegExp(pattern.expression.source, `${pattern.expression.flags}g`);
  return rawArray([...input.matchAll(expression)].map((match) => matchObject(match, input)));
}

export const stringOperators: Readonly<Record<string, Operator>> = {
  $concat: operator(0, Infinity, (values) => {
    if (values.some(isAbsent)) return NULL;
    return rawString(
      values
        .map((value) => {
          if (!value.isString) throw commandError(16702, `$concat only supports strings, not ${typeName(value.type)}`);
          return value.text();
        })
        .join(""),
    );
  }),
  $toLower: asciiCase((letter) => letter.toLowerCase(), /[A-Z]/g),
  $toUpper: asciiCase((letter) => letter.toUpperCase(), /[a-z]/g),
  $substr: operator(3, 3, substringBytes),
  $substrBytes: operator(3, 3, substringBytes),
  $substrCP: operator(3, 3, substringPoints),
  $strLenBytes: operator(1, 1, ([value]) => rawInt32(Buffer.byteLength(text("$strLenBytes", 34473, value!)))),
  $strLenCP: operator(1, 1, ([value]) => rawInt32([...text("$strLenCP", 34471, value!)].length)),
  $strcasecmp: operator(2, 2, ([a, b]) =>
    rawInt32(Math.sign(Buffer.compare(Buffer.from(coerced(a!).toUpperCase()), Buffer.from(coerced(b!).toUpperCase())))),
  ),
  $indexOfBytes: indexOf("$indexOfBytes", false),
  $indexOfCP: indexOf("$indexOfCP", true),
  $split: operator(2, 2, ([value, separator]) => {
    if (isAbsent(value!) || isAbsent(separator!)) return NULL;
    const by = text("$split", 40086, separator!);
    if (by === "") throw commandError(40087, "$split requires a non-empty separator");
    return rawArray(text("$split", 40085, value!).split(by).map(rawString));
  }),
  $trim: trim("$trim", true, true),
  $ltrim: trim("$ltrim", true, false),
  $rtrim: trim("$rtrim", false, true),
  $replaceOne: replace("$replaceOne", false),
  $replaceAll: replace("$replaceAll", true),
  $regexMatch: regex("$regexMatch", (input, pattern) =>
    rawBool(input !== null && pattern !== null && pattern.test(input)),
  ),
  $regexFind: regex("$regexFind", (input, pattern) => {
    const match = input === null || pattern === null ? null : pattern.expression.exec(input);
    return match === null ? NULL : matchObject(match, input!);
  }),
  $regexFindAll: regex("$regexFindAll", findAll),
};
