export interface Toast {
  id: number;
  tone: "ok" | "run" | "bad";
  title: string;
  detail?: string;
  link?: { href: string; label: string };
}

type Listener = () => void;

const SHOWN_MS = 8000;
const MOST = 4;

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<Listener>();

function publish(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Says briefly that something happened; never the only place an error shows. */
export function toast(what: Omit<Toast, "id">): void {
  lastId += 1;
  const id = lastId;
  publish([...toasts, { ...what, id }].slice(-MOST));
  setTimeout(() => dismissToast(id), SHOWN_MS);
}

export function dismissToast(id: number): void {
  publish(toasts.filter((one) => one.id !== id));
}

export function subscribeToasts(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const currentToasts = (): readonly Toast[] => toasts;
const NONE: readonly Toast[] = [];
export const toastsOnServer = (): readonly Toast[] => NONE;
