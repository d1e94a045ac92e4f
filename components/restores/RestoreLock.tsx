import { formatDuration, utcClock } from "@/components/format/times";
import { Icon } from "@/components/ui/Icon";
import type { RestoreDetail } from "@/server/domain/restores/schema";

/** Since when writes are blocked, what clients see, who holds the lock. */
export function RestoreLock({
  lock,
  target,
  now,
}: {
  lock: NonNullable<RestoreDetail["lock"]>;
  target: string;
  now: Date;
}) {
  if (lock.releasedAt) {
    return (
      <section className="note ok lockbox" aria-labelledby="lock">
        <Icon name="check" />
        <div className="min-w-0 flex-1">
          <h2 id="lock">
            Writes to {target} are let in again since {utcClock(lock.releasedAt)} UTC
          </h2>
          <p>
            They were blocked for {formatDuration(lock.releasedAt.getTime() - lock.since.getTime())}. The release was
            read back from the server.
          </p>
        </div>
      </section>
    );
  }
  return (
    <section className="note warn lockbox" aria-labelledby="lock">
      <Icon name="lock" />
      <div className="min-w-0 flex-1">
        <h2 id="lock">
          {lock.serverSide ? `Writes to ${target} are blocked` : `${target} is locked here`} since{" "}
          {utcClock(lock.since)} UTC, for {formatDuration(now.getTime() - lock.since.getTime())}
        </h2>
        {lock.serverSide ? (
          <p>
            Reads go on. Clients that write get <span className="m">UserWritesBlocked</span>, code 371.
          </p>
        ) : (
          <p>
            The server itself cannot block writes: what clients write meanwhile is lost. That was accepted before the
            start.
          </p>
        )}
        <p className="s12">
          Held by this run. If its worker is lost, another takes over within 30 s and goes on or rolls back.
        </p>
      </div>
    </section>
  );
}
