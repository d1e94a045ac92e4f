import { utcDay, utcExact } from "@/components/format/times";
import { CopyLink } from "@/components/ui/CopyLink";
import { Icon } from "@/components/ui/Icon";
import { Id } from "@/components/ui/Id";
import { LocalTime } from "@/components/ui/LocalTime";
import { PrintButton } from "@/components/ui/PrintButton";
import type { RestoreReport } from "@/server/domain/restores/schema";
import { ReportCollections } from "./ReportCollections";
import { ReportDifferences } from "./ReportDifferences";
import { ReportFacts } from "./ReportFacts";
import { ReportOrigin } from "./ReportOrigin";
import { ReportSteps } from "./ReportSteps";
import { reportBasis, reportVerdict } from "./report-words";
import { Roots } from "./Roots";

const ICONS = { proven: "proven", failed: "octagon-x", cancelled: "ban" } as const;
const TONES = { proven: "ic-ok", failed: "ic-bad", cancelled: "ic-3" } as const;

/** The proof: what was restored, verified how, by whom, when. Linkable and printable. */
export function Report({ report, version }: { report: RestoreReport; version: string }) {
  const at = report.source.dataAt ? new Date(report.source.dataAt) : null;
  const { wanted, readBack } = report.root;
  return (
    <article className="report">
      <div className="head">
        <div>
          <p className="s12 t3 row report-id">
            Restore report <Id id={report.restoreId} />
          </p>
          <h1 className="verdict">
            <Icon name={ICONS[report.outcome]} className={TONES[report.outcome]} />
            {reportVerdict(report)}
          </h1>
          <p className="mt-1">
            {at ? (
              <>
                {utcDay(at)} {at.getUTCFullYear()}, <LocalTime at={at} />.{" "}
              </>
            ) : null}
            {reportBasis(report)}
          </p>
        </div>
        <div className="acts no-print">
          <CopyLink />
          <PrintButton>Print report</PrintButton>
        </div>
      </div>
      {wanted && readBack ? <Roots wanted={wanted} readBack={readBack} /> : null}
      <ReportFacts report={report} />
      <ReportOrigin report={report} />
      {report.outcome === "proven" ? <ReportDifferences report={report} /> : null}
      {report.collections.length > 0 ? <ReportCollections report={report} /> : null}
      <ReportSteps steps={report.steps} />
      <p className="s12 t3">
        Made by Holdfast {version} on {utcExact(new Date(report.madeAt))}.
      </p>
    </article>
  );
}
