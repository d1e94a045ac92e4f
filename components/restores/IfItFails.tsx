import { classNames } from "@/components/ui/class-names";

/** What a failure and a cancel would mean, said before either happens. */
export function IfItFails({ target, cancellable }: { target: string; cancellable: boolean }) {
  return (
    <section className={classNames("panel", "two", "single")} aria-label="If it fails, if you cancel">
      <div>
        <h2>If it fails</h2>
        <p className="t2">
          {target} stays as it is: everything is written and proven under staging names before the swap. The lock is
          released, and the release is read back from the server. A lost worker is replaced within 30 s and goes on from
          its checkpoint.
        </p>
      </div>
      <div>
        <h2>If you cancel</h2>
        <p className="t2">
          {cancellable
            ? "Possible until the swap. The staging data is removed, then writes are let in again. Nothing else changes."
            : "No longer possible: the swap has begun, and the run only finishes what it began."}
        </p>
      </div>
    </section>
  );
}
