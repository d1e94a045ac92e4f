import { BSON_TYPE } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { equalRaw } from "./compare";
import { exactInt64 } from "./numbers";
import { asDecimal, numericOf } from "./numbers";
import { remainderDecimals } from "./decimal";
import { encodeKey } from "@/server/engine/bson/key";
import { fieldOf, fieldsOf, itemsOf, MISSING, type Raw } from "./raw";
import { compilePattern } from "./regex";
import { compareRaw } from "./compare";
import { typeSetOf, TYPE_NAMES } from "./type-names";

type Check = (value: Raw) => boolean;

/** JSON type names; "integer" is no type of BSON and the server refuses it. */
const JSON_TYPES: Record<string, readonly number[]> = {
  object: [BSON_TYPE.object],
  array: [BSON_TYPE.array],
  string: [BSON_TYPE.string],
  boolean: [BSON_TYPE.bool],
  null: [BSON_TYPE.null],
  number: [BSON_TYPE.double, BSON_TYPE.int32, BSON_TYPE.int64, BSON_TYPE.decimal128],
};

/**
 * Compiles a $jsonSchema: draft 4 as the server reads it, with bsonType. A keyword applies only to values of its kind
 * (minLength to strings …). `$ref`, `definitions`, `format` and friends are refused with 9, as the server does.
 */
export function compileJsonSchema(schema: Raw): Check {
  if (!schema.isObject) throw commandError(14, "$jsonSchema must be an object");
  return compileSchema(schema);
}

function compileSchema(schema: Raw): Check {
  const keywords = new Map(fieldsOf(schema).map((field) => [field.name, field.value]));
  const checks: Check[] = [];
  for (const [name, value] of keywords) {
    const check = compileKeyword(name, value, keywords);
    if (check !== null) checks.push(check);
  }
  return (value) => checks.every((check) => check(value));
}

function compileKeyword(name: string, value: Raw, all: ReadonlyMap<string, Raw>): Check | null {
  switch (name) {
    case "title":
    case "description":
      if (!value.isString) throw commandError(14, `$jsonSchema keyword '${name}' must be a string`);
      return null;
    case "exclusiveMinimum":
    case "exclusiveMaximum":
    case "additionalItems":
      return null;
    case "bsonType":
    case "type":
      return typeCheck(name, value);
    case "enum":
      return enumCheck(value);
    case "allOf":
    case "anyOf":
    case "oneOf":
      return combine(name, value);
    case "not": {
      const inner = compileSchema(objectOf(name, value));
      return (subject) => !inner(subject);
    }
    default:
      return (
        numberKeyword(name, value, all) ??
        stringKeyword(name, value) ??
        arrayKeyword(name, value, all) ??
        objectKeyword(name, value, all) ??
        unknownKeyword(name)
      );
  }
}

function unknownKeyword(name: string): never {
  if (["$ref", "$schema", "default", "definitions", "format", "id"].includes(name)) {
    throw commandError(9, `$jsonSchema keyword '${name}' is not currently supported`);
  }
  throw commandError(9, `Unknown $jsonSchema keyword: ${name}`);
}

function objectOf(name: string, value: Raw): Raw {
  if (!value.isObject) throw commandError(14, `$jsonSchema keyword '${name}' must be an object`);
  return value;
}

function arrayOf(name: string, value: Raw): Raw[] {
  if (!value.isArray) throw commandError(14, `$jsonSchema keyword '${name}' must be an array`);
  return itemsOf(value);
}

function lengthOf(name: string, value: Raw): number {
  const length = value.isNumber ? exactInt64(value) : null;
  if (length === null || length < 0n)
    throw commandError(9, `$jsonSchema keyword '${name}' must be a non-negative integer`);
  return Number(length);
}

function typeCheck(name: string, value: Raw): Check {
  if (name === "bsonType") {
    const types = typeSetOf(value, "$jsonSchema keyword 'bsonType'");
    return (subject) => types.has(subject.type);
  }
  const types = new Set<number>();
  for (const item of value.isArray ? itemsOf(value) : [value]) {
    const alias = item.isString ? item.text() : "";
    const known = JSON_TYPES[alias];
    if (alias === "integer") throw commandError(9, "$jsonSchema type 'integer' is not currently supported.");
    if (known === undefined) {
      const hint = alias in TYPE_NAMES ? "bsonType" : "a JSON type";
      throw commandError(2, `Unknown type name alias: ${alias}; expected ${hint}`);
    }
    for (const type of known) types.add(type);
  }
  return (subject) => types.has(subject.type);
}

function enumCheck(value: Raw): Check {
  const items = arrayOf("enum", value);
  if (items.length === 0) throw commandError(9, "$jsonSchema keyword 'enum' cannot be an empty array");
  return (subject) => items.some((item) => equalRaw(subject, item));
}

function combine(name: string, value: Raw): Check {
  const schemas = arrayOf(name, value).map((item) => compileSchema(objectOf(name, item)));
  if (schemas.length === 0) throw commandError(2, `$jsonSchema keyword '${name}' must be a non-empty array`);
  if (name === "allOf") return (subject) => schemas.every((schema) => schema(subject));
  if (name === "anyOf") return (subject) => schemas.some((schema) => schema(subject));
  return (subject) => schemas.filter((schema) => schema(subject)).length === 1;
}

function numberKeyword(name: string, value: Raw, all: ReadonlyMap<string, Raw>): Check | null {
  if (name !== "minimum" && name !== "maximum" && name !== "multipleOf") return null;
  if (!value.isNumber) throw commandError(14, `$jsonSchema keyword '${name}' must be a number`);
  if (name === "multipleOf") {
    const divisor = asDecimal(numericOf(value)!);
    return (subject) => {
      if (!subject.isNumber) return true;
      const rest = remainderDecimals(asDecimal(numericOf(subject)!), divisor);
      return rest.kind === "finite" && rest.digits === 0n;
    };
  }
  const flag = all.get(name === "minimum" ? "exclusiveMinimum" : "exclusiveMaximum");
  const exclusive = flag !== undefined && flag.buf[flag.start] !== 0;
  const sign = name === "minimum" ? 1 : -1;
  return (subject) => {
    if (!subject.isNumber) return true;
    const order = sign * compareRaw(subject, value, null);
    return exclusive ? order > 0 : order >= 0;
  };
}

function stringKeyword(name: string, value: Raw): Check | null {
  if (name === "pattern") {
    if (!value.isString) throw commandError(14, "$jsonSchema keyword 'pattern' must be a string");
    const pattern = compilePattern(value.text(), "");
    return (subject) => !subject.isString || pattern.test(subject.text());
  }
  if (name !== "minLength" && name !== "maxLength") return null;
  const bound = lengthOf(name, value);
  const fits = (text: string): boolean => {
    const length = [...text].length;
    return name === "minLength" ? length >= bound : length <= bound;
  };
  return (subject) => !subject.isString || fits(subject.text());
}

function arrayKeyword(name: string, value: Raw, all: ReadonlyMap<string, Raw>): Check | null {
  switch (name) {
    case "minItems":
    case "maxItems": {
      const bound = lengthOf(name, value);
      return (subject) => {
        if (!subject.isArray) return true;
        const count = itemsOf(subject).length;
        return name === "minItems" ? count >= bound : count <= bound;
      };
    }
    case "uniqueItems":
      if (value.type !== BSON_TYPE.bool) throw commandError(14, "$jsonSchema keyword 'uniqueItems' must be a boolean");
      if (value.buf[value.start] === 0) return () => true;
      return (subject) => {
        if (!subject.isArray) return true;
        const items = itemsOf(subject);
        return new Set(items.map((item) => encodeKey(item.buf, item).toString("latin1"))).size === items.length;
      };
    case "items":
      return itemsCheck(value, all.get("additionalItems"));
    default:
      return null;
  }
}

function itemsCheck(value: Raw, additional: Raw | undefined): Check {
  if (value.isObject) {
    const each = compileSchema(value);
    return (subject) => !subject.isArray || itemsOf(subject).every(each);
  }
  const schemas = arrayOf("items", value).map((item) => compileSchema(objectOf("items", item)));
  const rest = additionalCheck("additionalItems", additional);
  return (subject) => !subject.isArray || itemsOf(subject).every((item, i) => (schemas[i] ?? rest)(item));
}

function additionalCheck(name: string, value: Raw | undefined): Check {
  if (value === undefined) return () => true;
  if (value.type === BSON_TYPE.bool) {
    const allowed = value.buf[value.start] !== 0;
    return () => allowed;
  }
  return compileSchema(objectOf(name, value));
}

function objectKeyword(name: string, value: Raw, all: ReadonlyMap<string, Raw>): Check | null {
  switch (name) {
    case "required": {
      const names = arrayOf(name, value).map((item) => item.text());
      if (names.length === 0) throw commandError(9, "$jsonSchema keyword 'required' cannot be an empty array");
      return (subject) => !subject.isObject || names.every((field) => fieldOf(subject, field) !== null);
    }
    case "minProperties":
    case "maxProperties": {
      const bound = lengthOf(name, value);
      return (subject) => {
        if (!subject.isObject) return true;
        const count = fieldsOf(subject).length;
        return name === "minProperties" ? count >= bound : count <= bound;
      };
    }
    case "properties": {
      const schemas = fieldsOf(objectOf(name, value)).map((f) => ({
        name: f.name,
        check: compileSchema(objectOf(f.name, f.value)),
      }));
      return (subject) =>
        !subject.isObject ||
        schemas.every((s) => {
          const v = fieldOf(subject, s.name);
          return v === null || s.check(v);
        });
    }
    case "patternProperties": {
      const schemas = patternSchemas(value);
      return (subject) =>
        !subject.isObject ||
        fieldsOf(subject).every((field) => schemas.every((s) => !s.pattern.test(field.name) || s.check(field.value)));
    }
    case "additionalProperties":
      return additionalPropertiesCheck(value, all);
    case "dependencies":
      return dependenciesCheck(objectOf(name, value));
    default:
      return null;
  }
}

function patternSchemas(value: Raw): { pattern: ReturnType<typeof compilePattern>; check: Check }[] {
  return fieldsOf(objectOf("patternProperties", value)).map((field) => ({
    pattern: compilePattern(field.name, ""),
    check: compileSchema(objectOf(field.name, field.value)),
  }));
}

function additionalPropertiesCheck(value: Raw, all: ReadonlyMap<string, Raw>): Check {
  const properties = all.get("properties");
  const patternProperties = all.get("patternProperties");
  const named = new Set(properties ? fieldsOf(properties).map((field) => field.name) : []);
  const patterns = patternProperties ? patternSchemas(patternProperties) : [];
  const rest = additionalCheck("additionalProperties", value);
  return (subject) =>
    !subject.isObject ||
    fieldsOf(subject).every(
      (field) => named.has(field.name) || patterns.some((s) => s.pattern.test(field.name)) || rest(field.value),
    );
}

function dependenciesCheck(value: Raw): Check {
  const rules = fieldsOf(value).map((field) => {
    if (field.value.isObject) return { name: field.name, check: compileSchema(field.value) };
    const names = arrayOf("dependencies", field.value).map((item) => item.text());
    return { name: field.name, check: (subject: Raw) => names.every((name) => fieldOf(subject, name) !== null) };
  });
  return (subject) =>
    !subject.isObject ||
    rules.every((rule) => (fieldOf(subject, rule.name) ?? MISSING) === MISSING || rule.check(subject));
}
