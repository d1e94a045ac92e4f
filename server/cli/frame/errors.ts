import { DomainError } from "@/server/platform/errors/domain-error";
import { redactText } from "@/server/platform/logger";
import { UsageError } from "./usage-error";

/** A check's damage, a lock's owner and the like may come along; secrets never do. */
interface ErrorFacts {
  code: string;
  message: string;
  params: Record<string, unknown>;
}

function factsOf(error: unknown): ErrorFacts {
  const message = redactText(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) return { code: "USAGE", message, params: {} };
  if (error instanceof DomainError) return { code: error.code, message, params: error.params };
  return { code: "INTERNAL", message, params: {} };
}

/** Prints an error as code and words, or as JSON, to standard error, and answers the exit code. */
export function reportError(
  error: unknown,
  { asJson, usage, isInterrupted }: { asJson: boolean; usage: string | null; isInterrupted: boolean },
): number {
  const facts = factsOf(error);
  const text = usage === null ? `${facts.code}: ${facts.message}` : `${facts.message}\n\nUsage: ${usage}`;
  process.stderr.write(`${asJson ? JSON.stringify({ error: facts }) : text}\n`);
  if (usage !== null) return 2;
  return isInterrupted ? 130 : 1;
}
