import { utcClock } from "@/components/format/times";
import { Notice } from "@/components/ui/Notice";

/** The stream of live values broke: values stay, with their age. */
export function LostStream({ since, what }: { since: Date | null; what: string }) {
  if (!since) return null;
  return (
    <Notice tone="warn" icon="unplug" role="status">
      <b>Live values stopped at {utcClock(since)} UTC.</b> Reconnecting. What you see may be old; the {what} itself goes
      on.
    </Notice>
  );
}
