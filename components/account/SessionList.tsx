"use client";

import { useRouter } from "next/navigation";
import { LazyErrorNotice } from "@/components/errors/LazyErrorNotice";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/Button";
import { RelativeTime } from "@/components/ui/RelativeTime";
import { toast } from "@/components/ui/toast-store";
import type { SessionView } from "@/server/domain/account/schema";

/** Where the reader is signed in; every other session can be ended. */
export function SessionList({ sessions }: { sessions: readonly SessionView[] }) {
  const router = useRouter();
  const { run, problem } = useAction(
    (client, sessionId: string) => client.account.endSession.mutate({ sessionId }),
    () => {
      toast({ tone: "ok", title: "The session is ended" });
      router.refresh();
    },
  );
  return (
    <>
      {problem ? <LazyErrorNotice problem={problem} /> : null}
      <ul className="panel list">
        {sessions.map((session) => (
          <li key={session.id}>
            <div>
              <b>{session.isCurrent ? "This session" : browserName(session.userAgent)}</b>
              <span className="sub">
                {session.ip ? `from ${session.ip}, ` : ""}last seen <RelativeTime at={session.lastSeenAt} />, ends{" "}
                <RelativeTime at={session.expiresAt} />
              </span>
            </div>
            {session.isCurrent ? null : (
              <Button size="small" onClick={() => run(session.id)}>
                End session
              </Button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function browserName(userAgent: string | null): string {
  const known = ["Edg", "Firefox", "Chrome", "Safari", "curl"].find((name) => userAgent?.includes(name));
  return known === "Edg" ? "Edge" : (known ?? "Another program");
}
