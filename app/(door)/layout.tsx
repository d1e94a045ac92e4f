import type { ReactNode } from "react";
import { Icon } from "@/components/ui/Icon";
import { version } from "@/app/lib/version";

/** The pages before one is signed in: a form, and what to do on a bad day. */
export default function DoorLayout({ children }: { children: ReactNode }) {
  return (
    <div className="door">
      <main className="door-in">
        <div className="grid gap-4">
          <div className="brand door-brand">
            <Icon name="mark" />
            Holdfast
          </div>
          {children}
        </div>
        <aside aria-labelledby="bad-day">
          <h2 id="bad-day">On a bad day</h2>
          <dl className="kv icons">
            <dt>
              <Icon name="user" />
            </dt>
            <dd>
              <b>You cannot sign in.</b> Use the address that your organization added. After several wrong tries,
              signing in waits a few minutes.
            </dd>
            <dt>
              <Icon name="terminal" />
            </dt>
            <dd>
              <b>A cluster still refuses writes.</b> Holdfast lifts its own lock by itself. If all of it is gone, this
              lifts it by hand: <span className="m nw">holdfast unlock URI</span>.
            </dd>
            <dt>
              <Icon name="life-buoy" />
            </dt>
            <dd>
              <b>You have never restored before.</b> Nothing is changed until you type the name of the cluster.
            </dd>
          </dl>
        </aside>
      </main>
      <footer>
        <span>Holdfast {version}, self-hosted</span>
      </footer>
    </div>
  );
}
