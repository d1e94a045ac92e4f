import type { Metadata } from "next";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { api } from "@/app/lib/api";
import { safePath } from "@/app/lib/safe-path";
import { SignInForm } from "@/components/account/SignInForm";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ from?: string }> }) {
  const caller = await api();
  if ((await caller.setup.status()).needed) redirect("/setup");
  const { from } = await searchParams;
  return (
    <>
      <div>
        <h1>Sign in</h1>
        <p className="t2">
          to <span className="m">{(await headers()).get("host")}</span>
        </p>
      </div>
      <SignInForm from={safePath(from)} />
    </>
  );
}
