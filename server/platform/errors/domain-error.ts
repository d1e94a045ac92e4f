import { ERROR_KINDS, type ErrorCode, type ErrorKind } from "./codes";

/** Values put into the words of an error; never secrets. */
export type ErrorParams = Record<string, string | number | boolean | null>;

/**
 * The one error that services, engine and drivers throw. `message` is for us and the log; people read the words
 * that belong to `code`, filled with `params`.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;

  constructor(code: ErrorCode, options: { message?: string; params?: ErrorParams; cause?: unknown } = {}) {
    super(options.message ?? code, { cause: options.cause });
    this.name = "DomainError";
    this.code = code;
    this.params = options.params ?? {};
  }

  get kind(): ErrorKind {
    return ERROR_KINDS[this.code];
  }
}

/** True for a DomainError, of the given code where one is given. */
export function isDomainError(error: unknown, code?: ErrorCode): error is DomainError {
  return error instanceof DomainError && (code === undefined || error.code === code);
}

/** What a row keeps of an error's words: none where the message only repeats the code, so that readers use the table. */
export function storedMessage(error: DomainError): string | null {
  return error.message === error.code ? null : error.message;
}
