"use client";

import { useState } from "react";
import { Button } from "./Button";
import { copyText } from "./copy-text";

/** Copies the address of this page. */
export function CopyLink() {
  const [copied, setCopied] = useState(false);
  async function copy() {
    setCopied(await copyText(window.location.href));
    setTimeout(() => setCopied(false), 2000);
  }
  return (
    <>
      <Button icon={copied ? "check" : "link"} onClick={copy}>
        Copy link
      </Button>
      <span className="sr" role="status">
        {copied ? "Link copied" : ""}
      </span>
    </>
  );
}
