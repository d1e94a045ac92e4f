import type { Metadata } from "next";
import { loadFrame, loadMe } from "@/app/lib/frame";
import { load } from "@/app/lib/load";
import { ChangePassword } from "@/components/account/ChangePassword";
import { SessionList } from "@/components/account/SessionList";
import { Refused } from "@/components/errors/Refused";
import { Frame } from "@/components/frame/Frame";
import { PageHead } from "@/components/ui/PageHead";
import { Section } from "@/components/ui/Section";
import { PASSWORD_MIN_LENGTH } from "@/server/domain/account/schema";

export const metadata: Metadata = { title: "Account" };

export default async function AccountPage() {
  const me = await loadMe();
  const sessions = await load((api) => api.account.sessions());
  return (
    <Frame frame={await loadFrame()}>
      <PageHead title={me.name}>{me.email}</PageHead>
      <Section id="password" title="Password">
        <ChangePassword minLength={PASSWORD_MIN_LENGTH} />
      </Section>
      <Section id="sessions" title="Where you are signed in">
        {sessions.ok ? <SessionList sessions={sessions.data} /> : <Refused problem={sessions.problem} />}
      </Section>
    </Frame>
  );
}
