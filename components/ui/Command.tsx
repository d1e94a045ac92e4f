import { CopyButton } from "./CopyButton";

/** Text to run somewhere else, ready to copy. */
export function Command({ text, label }: { text: string; label: string }) {
  return (
    <div className="command">
      <pre className="log panel" tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
      <CopyButton text={text} label={`Copy ${label.toLowerCase()}`} />
    </div>
  );
}
