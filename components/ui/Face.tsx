/** A person's two letters. */
export function Face({ name }: { name: string }) {
  return (
    <span className="face" aria-hidden="true">
      {initials(name)}
    </span>
  );
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = words[0] ?? "?";
  const last = words.length > 1 ? (words.at(-1) ?? "") : "";
  return last ? `${first.charAt(0)}${last.charAt(0)}`.toUpperCase() : first.slice(0, 2);
}
