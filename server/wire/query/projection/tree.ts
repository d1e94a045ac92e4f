import { commandError } from "../../command-error";
import type { Environment, Expression } from "../expressions/types";
import { fieldsOf, itemsOf, MISSING, rawArray, rawObject, type Field, type Raw } from "../raw";

/** What happens to the value of a field: kept, dropped, computed anew, or changed where it stands. */
export type ProjectionLeaf =
  | { readonly kind: "include" }
  | { readonly kind: "exclude" }
  | { readonly kind: "computed"; readonly expression: Expression }
  | { readonly kind: "transform"; readonly transform: (value: Raw, env: Environment) => Raw };

export class ProjectionNode {
  readonly children = new Map<string, ProjectionNode | ProjectionLeaf>();
  hasComputed = false;

  /** Puts a leaf at a path. Throws 31249 or 31250 when the path or a part of it is taken. */
  add(path: readonly string[], leaf: ProjectionLeaf): void {
    const [name, ...rest] = path;
    if (leaf.kind === "computed") this.hasComputed = true;
    const known = this.children.get(name!);
    if (rest.length === 0) {
      if (known !== undefined) {
        throw commandError(known instanceof ProjectionNode ? 31250 : 31249, `Path collision at ${path.join(".")}`);
      }
      this.children.set(name!, leaf);
      return;
    }
    if (known !== undefined && !(known instanceof ProjectionNode)) {
      throw commandError(31249, `Path collision at ${path.join(".")} remaining portion ${rest.join(".")}`);
    }
    const node = known ?? new ProjectionNode();
    this.children.set(name!, node);
    node.add(rest, leaf);
  }
}

/** "inclusion" keeps what is named, "exclusion" and "addition" ($addFields) keep what is not. */
export type ProjectionMode = "inclusion" | "exclusion" | "addition";

/** Applies a projection to an object. */
export function projectObject(node: ProjectionNode, object: Raw, mode: ProjectionMode, env: Environment): Raw {
  const out: Field[] = [];
  for (const field of fieldsOf(object)) {
    const child = node.children.get(field.name);
    const value = keptValue(child, field.value, mode, env);
    if (value !== MISSING) out.push(value === field.value ? field : { name: field.name, value });
  }
  return rawObject(node.hasComputed ? withComputed(node, out, mode, env) : out);
}

function keptValue(
  child: ProjectionNode | ProjectionLeaf | undefined,
  value: Raw,
  mode: ProjectionMode,
  env: Environment,
): Raw {
  if (child === undefined) return mode === "inclusion" ? MISSING : value;
  if (child instanceof ProjectionNode) return projectValue(child, value, mode, env);
  if (child.kind === "include") return value;
  if (child.kind === "transform") return child.transform(value, env);
  return child.kind === "computed" && mode === "addition" ? value : MISSING;
}

/** Objects are projected, arrays element by element; other values have no fields to keep. */
function projectValue(node: ProjectionNode, value: Raw, mode: ProjectionMode, env: Environment): Raw {
  if (value.isObject) return withoutComputed(node, value, mode, env);
  if (!value.isArray) return mode === "inclusion" ? MISSING : value;
  const items: Raw[] = [];
  for (const item of itemsOf(value)) {
    const kept = projectValue(node, item, mode, env);
    if (kept !== MISSING) items.push(kept);
  }
  return rawArray(items);
}

function withoutComputed(node: ProjectionNode, object: Raw, mode: ProjectionMode, env: Environment): Raw {
  const out: Field[] = [];
  for (const field of fieldsOf(object)) {
    const value = keptValue(node.children.get(field.name), field.value, mode, env);
    if (value !== MISSING) out.push({ name: field.name, value });
  }
  return rawObject(out);
}

/** Sets computed fields in the order of the specification: in place where the field exists, else behind the others. */
function withComputed(node: ProjectionNode, fields: Field[], mode: ProjectionMode, env: Environment): Field[] {
  for (const [name, child] of node.children) {
    const isNode = child instanceof ProjectionNode;
    if (isNode ? !child.hasComputed : child.kind !== "computed") continue;
    const at = fields.findIndex((field) => field.name === name);
    const value = isNode
      ? computeInside(child, at < 0 ? MISSING : fields[at]!.value, mode, env)
      : (child as Extract<ProjectionLeaf, { kind: "computed" }>).expression(env);
    if (value === MISSING) {
      if (at >= 0) fields.splice(at, 1);
    } else if (at >= 0) fields[at] = { name, value };
    else fields.push({ name, value });
  }
  return fields;
}

function computeInside(node: ProjectionNode, value: Raw, mode: ProjectionMode, env: Environment): Raw {
  if (value.isArray) return rawArray(itemsOf(value).map((item) => computeInside(node, item, mode, env)));
  return rawObject(withComputed(node, value.isObject ? fieldsOf(value) : [], mode, env));
}
