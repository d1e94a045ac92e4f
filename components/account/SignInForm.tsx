"use client";

import { useState, type FormEvent } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";

/** Signs in, then goes on to where the reader wanted to go. */
export function SignInForm({ from }: { from: string }) {
  const [busy, setBusy] = useState(false);
  const [code, setCode] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setCode(null);
    const { signIn } = await import("next-auth/react");
    const answer = await signIn("credentials", {
      email: String(form.get("email")),
      password: String(form.get("password")),
      redirect: false,
    });
    if (answer?.ok && !answer.error) {
      window.location.assign(from);
      return;
    }
    setCode(errorCode(answer?.error, answer?.status));
    setBusy(false);
  }

  return (
    <form onSubmit={submit} className="grid gap-4" aria-label="Sign in">
      <Field label="Email" name="email" type="email" autoComplete="username" big required autoFocus />
      <Field label="Password" name="password" type="password" autoComplete="current-password" big required />
      {code ? <LazyErrorNotice problem={{ code }} /> : null}
      <Button type="submit" kind="primary" size="wide" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}

function errorCode(error: string | null | undefined, status: number | undefined): string {
  if (error === "RATE_LIMITED" || status === 429) return "RATE_LIMITED";
  if (error === "CredentialsSignin" || error === "SIGN_IN_FAILED" || status === 401) return "SIGN_IN_FAILED";
  return "INTERNAL";
}
