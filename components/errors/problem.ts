import type { ErrorWordParams } from "./messages";

/** An error as a page may know it: the code of a DomainError, values for its words, a number to quote. */
export interface Problem {
  code: string;
  params?: ErrorWordParams;
  reference?: string;
}
