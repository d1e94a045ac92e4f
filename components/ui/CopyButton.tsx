"use client";

import { useState } from "react";
import { Button } from "./Button";
import { copyText } from "./copy-text";
import { IconButton } from "./IconButton";

interface CopyButtonProps {
  text: string;
  /** What is copied, as in "Copy id". */
  label: string;
  /** A button with words instead of the small icon. */
  words?: boolean;
}

export function CopyButton({ text, label, words = false }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);

  async function copy() {
    setCopied(await copyText(text));
    setTimeout(() => setCopied(false), 2000);
  }

  return (
    <>
      {words ? (
        <Button icon={copied ? "check" : "copy"} size="small" onClick={copy}>
          {label}
        </Button>
      ) : (
        <IconButton icon={copied ? "check" : "copy"} label={label} className="copy" onClick={copy} />
      )}
      <span className="sr" role="status">
        {copied ? "Copied" : ""}
      </span>
    </>
  );
}
