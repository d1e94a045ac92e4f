import type { Document } from "bson";
import { commandError } from "../command-error";
import { fieldsOf, rawDocument, toValue, type DocumentLike } from "./raw";

/** How strings compare when it is not byte by byte. `null` everywhere means the simple collation. */
export interface Collation {
  /** The specification with its defaults filled in; equal specifications have equal text. */
  readonly id: string;
  readonly spec: Document;
  compare(a: string, b: string): number;
  /** Strings that compare equal have equal classes. Says nothing about order. */
  equalityClass(text: string): string;
}

const DEFAULTS: Document = {
  locale: "",
  caseLevel: false,
  caseFirst: "off",
  strength: 3,
  numericOrdering: false,
  alternate: "non-ignorable",
  maxVariable: "punct",
  normalization: false,
  backwards: false,
};

const CHOICES: Record<string, readonly unknown[]> = {
  caseLevel: [true, false],
  caseFirst: ["upper", "lower", "off"],
  strength: [1, 2, 3, 4, 5],
  numericOrdering: [true, false],
  alternate: ["non-ignorable", "shifted"],
  maxVariable: ["punct", "space"],
  normalization: [true, false],
  backwards: [true, false],
};

function specOf(source: DocumentLike): Document {
  const spec: Document = { ...DEFAULTS };
  for (const { name, value } of fieldsOf(rawDocument(source))) {
    if (name === "version") continue;
    if (!(name in DEFAULTS)) throw commandError(40415, `BSON field 'collation.${name}' is an unknown field.`);
    const plain = value.isNumber ? Number(toValue(value)) : toValue(value);
    const allowed = CHOICES[name];
    if (allowed && !allowed.includes(plain)) {
      throw commandError(2, `Enumeration value for field 'collation.${name}' is not a valid value.`);
    }
    spec[name] = plain;
  }
  return spec;
}

/**
 * The collation of a command or collection; null for none and for locale "simple". Compares by the ICU of the
 * JavaScript engine. Throws 40414 without a locale, 2 for an unknown one, 238 for what that ICU interface cannot do
 * (strength 4 and 5, backwards secondary weights).
 */
export function parseCollation(source: DocumentLike | null | undefined): Collation | null {
  if (source === null || source === undefined) return null;
  const spec = specOf(source);
  const { locale } = spec;
  if (typeof locale !== "string" || locale === "") {
    throw commandError(40414, "BSON field 'collation.locale' is missing but a required field");
  }
  if (locale === "simple") return null;
  if (spec.strength > 3 || spec.backwards === true) {
    throw commandError(238, "Collations with strength 4 or 5 or backwards weights are not supported");
  }
  const compare = collatorOf(spec);
  return { id: JSON.stringify(spec), spec, compare, equalityClass: equalityClassOf(spec) };
}

function collatorOf(spec: Document): (a: string, b: string) => number {
  const tag = String(spec.locale).replace("@collation=", "-u-co-").replaceAll("_", "-");
  const base = spec.caseLevel === true ? "case" : "base";
  let collator: Intl.Collator;
  try {
    if (Intl.Collator.supportedLocalesOf(tag).length === 0) throw new RangeError(tag);
    collator = new Intl.Collator(tag, {
      sensitivity: spec.strength === 1 ? base : spec.strength === 2 ? "accent" : "variant",
      numeric: spec.numericOrdering === true,
      caseFirst: spec.caseFirst === "off" ? "false" : spec.caseFirst,
      ignorePunctuation: spec.alternate === "shifted",
    });
  } catch {
    throw commandError(2, `Field 'locale' is invalid in: { locale: "${spec.locale}" }`);
  }
  return (a, b) => collator.compare(a, b);
}

/**
 * ICU sort keys are out of reach, so classes are made by folding what the strength ignores. They may join strings that
 * the collator tells apart only in rare scripts; they never serve to find documents, only to enforce unique indexes.
 */
function equalityClassOf(spec: Document): (text: string) => string {
  return (text) => {
    let out = text.normalize("NFKD");
    if (spec.strength === 1) out = out.replace(/\p{M}/gu, "");
    if (spec.strength < 3 && spec.caseLevel !== true) out = out.toLowerCase().toUpperCase().toLowerCase();
    if (spec.alternate === "shifted") out = out.replace(/[\p{P}\s]/gu, "");
    if (spec.numericOrdering === true) out = out.replace(/0+(?=\d)/g, "");
    return out;
  };
}
