"use client";

import { useRouter } from "next/navigation";
import { useState, type FormEvent } from "react";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { fieldErrors } from "@/components/ui/field-errors";
import { toast } from "@/components/ui/toast-store";
import type { ChangePassword as ChangePasswordInput } from "@/server/domain/account/schema";

export function ChangePassword({ minLength }: { minLength: number }) {
  const router = useRouter();
  const [errors, setErrors] = useState<ReturnType<typeof fieldErrors>>({});
  const { run, busy, problem } = useAction(
    (client, input: ChangePasswordInput) => client.account.changePassword.mutate(input),
    () => {
      toast({ tone: "ok", title: "Your password is changed", detail: "Your other sessions have ended." });
      router.refresh();
    },
  );

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const schema = await import("@/server/domain/account/schema");
    const parsed = schema.ChangePassword.safeParse(Object.fromEntries(new FormData(form)));
    setErrors(parsed.success ? {} : fieldErrors(parsed.error.issues));
    if (parsed.success && (await run(parsed.data))) form.reset();
  }

  return (
    <form className="form" onSubmit={submit} noValidate aria-label="Change password">
      <Field
        label="Present password"
        name="currentPassword"
        type="password"
        autoComplete="current-password"
        error={errors.currentPassword}
      />
      <Field
        label="New password"
        name="newPassword"
        type="password"
        autoComplete="new-password"
        error={errors.newPassword}
        hint={`At least ${minLength} characters.`}
      />
      {problem ? <LazyErrorNotice problem={problem} /> : null}
      <div className="row">
        <Button type="submit" kind="primary" busy={busy}>
          Change password
        </Button>
      </div>
    </form>
  );
}
