import { BSON_TYPE, elements } from "@/server/engine/bson/document";
import { commandError } from "../command-error";
import { decodeDocument, rawChild } from "../protocol/decode";
import { WHOLE_RANGE } from "../storage/read-view";
import type { ClusterStore } from "../storage/cluster-store";

/** A view: the documents of another collection through a pipeline. */
export interface View {
  namespace: string;
  db: string;
  name: string;
  viewOn: string;
  /** The stages, each raw. */
  pipeline: Buffer[];
  collation: Buffer | null;
  definition: Buffer;
}

const DEPTH_MAX = 20;

/**
 * Views are documents of `<db>.system.views`, as on a real server: whoever changes those documents changes the views.
 * The parsed form is kept until the documents change.
 */
export class Views {
  readonly #parsed = new Map<string, { definition: Buffer; view: View }>();

  constructor(private readonly store: ClusterStore) {}

  find(namespace: string): View | undefined {
    const dot = namespace.indexOf(".");
    return this.list(namespace.slice(0, dot)).find((view) => view.namespace === namespace);
  }

  list(db: string): View[] {
    const reader = this.store.latest();
    const entry = reader.collection(`${db}.system.views`);
    if (!entry || entry.count === 0) return [];
    const views: View[] = [];
    for (const { doc } of reader.records(entry, WHOLE_RANGE, false)) views.push(this.#parse(doc));
    return views;
  }

  #parse(definition: Buffer): View {
    const decoded = decodeDocument(definition);
    const namespace = String(decoded._id);
    const known = this.#parsed.get(namespace);
    if (known?.definition.equals(definition)) return known.view;
    const dot = namespace.indexOf(".");
    const view: View = {
      namespace,
      db: namespace.slice(0, dot),
      name: namespace.slice(dot + 1),
      viewOn: String(decoded.viewOn),
      pipeline: rawArrayItems(rawChild(definition, "pipeline")),
      collation: rawChild(definition, "collation"),
      definition,
    };
    this.#parsed.set(namespace, { definition, view });
    return view;
  }

  /** Follows views of views down to a collection: its name and the whole pipeline. */
  resolve(view: View): { collection: string; pipeline: Buffer[]; collation: Buffer | null } {
    let pipeline = view.pipeline;
    let current = view;
    for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
      const below = this.find(`${current.db}.${current.viewOn}`);
      if (!below) return { collection: current.viewOn, pipeline, collation: view.collation };
      pipeline = [...below.pipeline, ...pipeline];
      current = below;
    }
    throw commandError(165, `View depth too deep or view cycle detected; maximum depth is ${DEPTH_MAX}`);
  }
}

/** The documents in a raw array; TypeMismatch when something else is in it. */
export function rawArrayItems(array: Buffer | null): Buffer[] {
  if (!array) return [];
  return [...elements(array)].map((element) => {
    if (element.type !== BSON_TYPE.object)
      throw commandError(14, "Each element of the 'pipeline' array must be an object");
    return array.subarray(element.start, element.end);
  });
}
