import type { Progress } from "@/server/engine/source/progress";
import type { ProgressBar } from "../frame/progress-bar";
import { sizeWords } from "../frame/words";

/** A restore's progress as one line on the terminal; its steps stay there as lines. */
export function barProgress(bar: ProgressBar): Progress {
  let text = "";
  let total = 0;
  let done = 0;
  return {
    step: async (name, message) => {
      text = message ?? name;
      bar.note(text);
    },
    message: (message) => bar.update(message),
    log: () => undefined,
    totals: ({ bytes }) => {
      total = bytes;
    },
    advance: ({ bytes }) => {
      done += bytes;
      bar.update(`${text} ${sizeWords(done)} of ${sizeWords(total)}`, total > 0 ? done / total : null);
    },
    collections: () => undefined,
  };
}
