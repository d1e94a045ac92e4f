import { BSON_TYPE } from "@/server/engine/bson/document";
import { encodeKey } from "@/server/engine/bson/key";
import { commandError } from "../command-error";
import type { Collation } from "./collation";
import { fieldOf, fieldsOf, itemsOf, MISSING, Raw, rawArray, rawObject, rawString } from "./raw";

/** The part of a key that one field's value makes. */
export function fieldKey(value: Raw, descending: boolean, collation: Collation | null = null): Buffer {
  const subject = collation === null ? value : collated(value, collation);
  const key = encodeKey(subject.buf, subject);
  if (descending) for (let i = 0; i < key.length; i += 1) key[i] = ~key[i]! & 0xff;
  return key;
}

function collated(value: Raw, collation: Collation): Raw {
  if (value.isString) return rawString(collation.equalityClass(value.text()));
  if (value.isObject) {
    return rawObject(fieldsOf(value).map((field) => ({ name: field.name, value: collated(field.value, collation) })));
  }
  return value.isArray ? rawArray(itemsOf(value).map((item) => collated(item, collation))) : value;
}

/** A field of the pattern while keys are generated: found, or still to be looked for below the current object. */
type Slot = { readonly value: Raw } | { readonly parts: readonly string[] };

/**
 * Every combination of values that an index over these paths holds for a document, arrays expanded; a missing value is
 * MISSING. Also the source of sort keys. Throws 171 when two of the paths meet different arrays.
 */
export function pathTuples(paths: readonly (readonly string[])[], doc: Raw): { tuples: Raw[][]; multikey: boolean } {
  const tuples: Raw[][] = [];
  const multikey = expand(
    doc,
    paths.map((parts) => ({ parts })),
    tuples,
  );
  return { tuples, multikey };
}

const UNDEFINED = new Raw(Buffer.alloc(0), BSON_TYPE.undefined, 0, 0);

function expand(object: Raw, slots: readonly Slot[], out: Raw[][]): boolean {
  let array: Raw | null = null;
  let arrayPath = "";
  const next: (Slot & { open?: boolean })[] = slots.map((slot) => {
    if ("value" in slot) return slot;
    const found = follow(object, slot.parts);
    if (found.rest === null) return { value: found.value };
    if (array !== null && array.start !== found.value.start) {
      throw commandError(171, `cannot index parallel arrays [${slot.parts[0]}] [${arrayPath}]`);
    }
    array = found.value;
    arrayPath = slot.parts[0]!;
    return { parts: found.rest, open: true };
  });
  if (array === null) {
    out.push(next.map((slot) => ("value" in slot ? slot.value : MISSING)));
    return false;
  }
  const items = itemsOf(array);
  if (items.length === 0) {
    out.push(next.map((slot) => ("value" in slot ? slot.value : slot.parts.length === 0 ? UNDEFINED : MISSING)));
  }
  for (const item of items) {
    const inner = next.map((slot): Slot => {
      if ("value" in slot) return slot;
      if (slot.parts.length === 0) return { value: item };
      return item.isObject ? { parts: slot.parts } : { value: MISSING };
    });
    expand(item, inner, out);
  }
  return true;
}

/** Goes down as far as no array has to be expanded. `rest` null: `value` is the answer; else it is the array met. */
function follow(object: Raw, parts: readonly string[]): { value: Raw; rest: readonly string[] | null } {
  let current = object;
  for (let i = 0; i < parts.length; i += 1) {
    const found = fieldOf(current, parts[i]!);
    if (found === null) return { value: MISSING, rest: null };
    current = found;
    while (current.isArray) {
      const step = parts[i + 1];
      if (step === undefined || !/^\d+$/.test(step)) return { value: current, rest: parts.slice(i + 1) };
      const items = itemsOf(current);
      if (items.some((item) => item.isObject && fieldOf(item, step) !== null)) {
        throw commandError(
          16746,
          `Ambiguous field name found in array (do not use numeric field names in embedded elements in an array), field: '${step}'`,
        );
      }
      const item = items[Number(step)];
      if (item === undefined) return { value: MISSING, rest: null };
      current = item;
      i += 1;
    }
    if (i + 1 < parts.length && !current.isObject) return { value: MISSING, rest: null };
  }
  return { value: current, rest: null };
}
