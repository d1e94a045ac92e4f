interface Issue {
  path: PropertyKey[];
  message: string;
}

/** A form's errors by field, as sentences. */
export function fieldErrors(issues: readonly Issue[]): Partial<Record<string, string>> {
  return Object.fromEntries(issues.map((issue) => [String(issue.path[0]), sentence(issue.message)]));
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${words.endsWith(".") ? "" : "."}`;
}
