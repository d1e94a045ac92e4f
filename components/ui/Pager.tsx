import Link from "next/link";
import type { ReactNode } from "react";
import { buttonClass } from "./Button";

interface PagerProps {
  children: ReactNode;
  previous?: string | null;
  next?: string | null;
  words?: readonly [string, string];
}

/** The foot of a list: what is shown of how much, and the pages on both sides as addresses. */
export function Pager({ children, previous, next, words = ["Previous", "Next"] }: PagerProps) {
  const pages = previous || next;
  return (
    <div className="pager">
      <span>{children}</span>
      {pages ? (
        <nav className="row push" aria-label="Pages">
          <PageLink href={previous} word={words[0]} />
          <PageLink href={next} word={words[1]} />
        </nav>
      ) : null}
    </div>
  );
}

function PageLink({ href, word }: { href?: string | null; word: string }) {
  if (href) {
    return (
      <Link href={href} className={buttonClass({ size: "tiny" })} scroll={false}>
        {word}
      </Link>
    );
  }
  return (
    <span className={buttonClass({ size: "tiny" })} aria-disabled="true">
      {word}
    </span>
  );
}
