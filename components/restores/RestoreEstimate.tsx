import { formatRate } from "@/components/format/bytes";
import { plural } from "@/components/format/numbers";
import { formatAbout } from "@/components/format/times";
import { Icon } from "@/components/ui/Icon";
import type { RestoreCheckView } from "@/server/domain/restores/schema";

/** How it is done and how long it takes, from past runs. */
export function RestoreEstimate({ view }: { view: RestoreCheckView }) {
  const { estimate, needsAcceptUnblocked } = view;
  const time = estimate ? `about ${formatAbout(estimate.seconds * 1000)}` : null;
  return (
    <section className="sec" aria-labelledby="how">
      <div className="sec-h">
        <h2 id="how">How</h2>
      </div>
      <div className="choice on static">
        <Icon name="check" className="ic-ok" />
        <span className="sum">Full load{time ? <span>{time}</span> : null}</span>
        <span className="what">
          Load everything beside the present data, prove it there, then swap.{" "}
          {needsAcceptUnblocked
            ? "This server cannot block writes."
            : `Writes are blocked${time ? ` for ${time}` : " until it ends"}; reads go on.`}
        </span>
        <span className="what s12">If anything fails before the swap, the destination is as it was.</span>
      </div>
      <p className="s12 t3">
        {estimate
          ? `Estimate: ${plural(estimate.fromRuns, "past restore")}, ${formatRate(estimate.bytesPerSecond)}.`
          : "No estimate: nothing was restored here before."}
      </p>
    </section>
  );
}
