import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { api } from "@/app/lib/api";
import { SetupForm } from "@/components/account/SetupForm";
import { PASSWORD_MIN_LENGTH } from "@/server/domain/account/schema";

export const metadata: Metadata = { title: "Set up Holdfast" };

/** The first owner of an empty installation; closed for good once there is one. */
export default async function SetupPage() {
  const caller = await api();
  const { needed, adopted } = await caller.setup.status();
  if (!needed) redirect("/sign-in");
  return (
    <>
      <div>
        <h1>Set up Holdfast</h1>
        <p className="t2">The first owner and their organization. Others are added afterwards.</p>
      </div>
      <SetupForm minLength={PASSWORD_MIN_LENGTH} adopted={adopted} />
    </>
  );
}
