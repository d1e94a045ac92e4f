import { plural } from "@/components/format/numbers";
import { Icon } from "@/components/ui/Icon";
import type { FrameData } from "./frame-data";

export function RailFoot({ installation }: { installation: FrameData["installation"] }) {
  const alive = installation.workersAlive;
  return (
    <div className="rail-foot">
      <div>
        <Icon name={alive > 0 ? "check" : "triangle-alert"} className={alive > 0 ? "s ok" : "s ic-warn"} />
        {alive > 0 ? `${plural(alive, "worker")} alive` : "No worker is alive: work waits"}
      </div>
      <div>Holdfast {installation.version}</div>
    </div>
  );
}
