import { commandError } from "../command-error";
import { decodeDocument, rawChild } from "../protocol/decode";
import { compileFilter } from "../query";
import type { CollectionEntry } from "../storage/catalog-entry";

interface Validator {
  matches: (doc: Buffer) => boolean;
  level: string;
}

const compiled = new WeakMap<Buffer, Validator | null>();

function compile(entry: CollectionEntry): Validator | null {
  const validator = rawChild(entry.options, "validator");
  const { validationLevel, validationAction } = decodeDocument(entry.options);
  const level = typeof validationLevel === "string" ? validationLevel : "strict";
  if (!validator || validator.length <= 5 || level === "off" || validationAction === "warn") return null;
  return { matches: compileFilter(validator), level };
}

function validator(entry: CollectionEntry): Validator | null {
  let known = compiled.get(entry.options);
  if (known === undefined) compiled.set(entry.options, (known = compile(entry)));
  return known;
}

function refuse(doc: Buffer): never {
  throw commandError(121, "Document failed validation", {
    errInfo: {
      failingDocumentId: decodeDocument(doc)._id,
      details: { operatorName: "validator", reason: "document does not match the validator" },
    },
  });
}

/** The check for new documents of a collection, or null when there is none. Throws 121. */
export function validatorOf(entry: CollectionEntry): ((doc: Buffer) => void) | null {
  const rule = validator(entry);
  if (!rule) return null;
  return (doc) => {
    if (!rule.matches(doc)) refuse(doc);
  };
}

/** The check for updates: at level `moderate` a document that did not match before may stay as bad as it was. */
export function updateValidatorOf(entry: CollectionEntry): ((before: Buffer, after: Buffer) => void) | null {
  const rule = validator(entry);
  if (!rule) return null;
  return (before, after) => {
    if (rule.matches(after) || (rule.level === "moderate" && !rule.matches(before))) return;
    refuse(after);
  };
}
