"use client";

import { useState, type FormEvent } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Notice } from "@/components/ui/Notice";
import { fieldErrors } from "@/components/ui/field-errors";
import type { CompleteSetup } from "@/server/domain/setup/schema";

/**
 * The first owner and organization of an empty installation; then straight into it. Where organizations were rebuilt
 * from storage, the first owner becomes theirs.
 */
export function SetupForm({ minLength, adopted }: { minLength: number; adopted: boolean }) {
  const [errors, setErrors] = useState<ReturnType<typeof fieldErrors>>({});
  const { run, busy, problem } = useAction(
    (client, input: CompleteSetup) => client.setup.complete.mutate(input),
    (_output, input) => void enter(input.email, input.password),
  );

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const schema = await import("@/server/domain/setup/schema");
    const values = Object.fromEntries(form);
    const parsed = schema.CompleteSetup.safeParse({ ...values, projectName: values.projectName || undefined });
    if (!parsed.success) {
      setErrors(fieldErrors(parsed.error.issues));
      return;
    }
    setErrors({});
    await run(parsed.data);
  }

  return (
    <form onSubmit={submit} className="grid gap-4" aria-label="Set up Holdfast" noValidate>
      <Field
        label="One-time token"
        name="token"
        mono
        big
        autoFocus
        autoComplete="off"
        spellCheck={false}
        error={errors.token}
        hint="The terminal where Holdfast was started shows it."
      />
      <Field label="Your name" name="name" autoComplete="name" big error={errors.name} />
      <Field label="Email" name="email" type="email" autoComplete="username" big error={errors.email} />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        big
        error={errors.password}
        hint={`At least ${minLength} characters.`}
      />
      {adopted ? (
        <Notice>You become the owner of the organizations that were rebuilt from storage.</Notice>
      ) : (
        <OrganizationFields errors={errors} />
      )}
      {problem ? <LazyErrorNotice problem={problem} /> : null}
      <Button type="submit" kind="primary" size="wide" busy={busy}>
        {adopted ? "Become owner" : "Create organization"}
      </Button>
    </form>
  );
}

function OrganizationFields({ errors }: { errors: ReturnType<typeof fieldErrors> }) {
  return (
    <>
      <Field
        label="Organization"
        name="organizationName"
        autoComplete="organization"
        big
        error={errors.organizationName}
      />
      <Field
        label="First project"
        name="projectName"
        big
        error={errors.projectName}
        hint="Optional; projects hold clusters."
      />
    </>
  );
}

async function enter(email: string, password: string) {
  const { signIn } = await import("next-auth/react");
  await signIn("credentials", { email, password, redirect: false });
  window.location.replace(new URL("/projects", window.location.href));
}
