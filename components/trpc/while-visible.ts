/**
 * Keeps something open while the page is looked at: opens at once or when the page comes to the front, closes when it
 * goes to the back. A browser allows six connections to one server, and each open stream takes one.
 */
export function whileVisible(open: () => () => void): () => void {
  let close: (() => void) | null = null;

  function follow() {
    if (document.visibilityState === "visible") close ??= open();
    else {
      close?.();
      close = null;
    }
  }

  follow();
  document.addEventListener("visibilitychange", follow);
  return () => {
    document.removeEventListener("visibilitychange", follow);
    close?.();
  };
}

/** Starts something that is there only later; stopping works before and after. */
export function startLater(begin: () => Promise<() => void>): () => void {
  let stop: (() => void) | null = null;
  let isStopped = false;
  begin()
    .then((ready) => {
      if (isStopped) ready();
      else stop = ready;
    })
    .catch(() => undefined);
  return () => {
    isStopped = true;
    stop?.();
  };
}
