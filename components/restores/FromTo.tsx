import type { ReactNode } from "react";
import { formatBytes } from "@/components/format/bytes";
import { formatCount, plural } from "@/components/format/numbers";
import { utcLong } from "@/components/format/times";
import { tierLine } from "@/components/clusters/health";
import { LinkButton } from "@/components/ui/Button";
import { Icon } from "@/components/ui/Icon";
import { LocalTime } from "@/components/ui/LocalTime";
import type { RestoreCheckView } from "@/server/domain/restores/schema";

interface FromToProps {
  view: Pick<RestoreCheckView, "source" | "target">;
  changeSource: string;
  changeTarget: string;
}

/** Source and destination side by side, with the ways to change them. */
export function FromTo({ view, changeSource, changeTarget }: FromToProps) {
  const { source, target } = view;
  const at = source.dataAt ?? source.createdAt;
  return (
    <section className="panel fromto" aria-label="From and to">
      <Side word="From" name={source.cluster.name} project={source.project.name}>
        <p className="t2">
          <b className="nw t1">{utcLong(at)}</b>, <LocalTime at={at} />
        </p>
        <p className="s12 t2">{sourceLine(source)}</p>
      </Side>
      <div className="arrow">
        <Icon name="arrow-right" />
      </div>
      <Side word="To" name={target.cluster.name} project={target.project.name}>
        <p className="t2">{tierLine(target)}</p>
        <p className="s12 t2">{targetLine(target)}</p>
      </Side>
      <div className="edit">
        <LinkButton size="small" href={changeSource}>
          Change source
        </LinkButton>
        <LinkButton size="small" href={changeTarget}>
          Change destination
        </LinkButton>
      </div>
    </section>
  );
}

function Side({ word, name, project, children }: { word: string; name: string; project: string; children: ReactNode }) {
  return (
    <div>
      <span className="s12 t3">{word}</span>
      <h2 className="row">
        {name} <span className="t2 light">in {project}</span>
      </h2>
      {children}
    </div>
  );
}

function sourceLine(source: RestoreCheckView["source"]): string {
  const parts = [
    source.mongoDBVersion ? `MongoDB ${source.mongoDBVersion}` : null,
    source.dataBytes === null ? null : formatBytes(source.dataBytes),
    source.collections === null ? null : plural(source.collections, "collection"),
    source.documents === null ? null : `${formatCount(source.documents)} documents`,
    source.consistent ? null : "may not be consistent",
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}

function targetLine(target: RestoreCheckView["target"]): string {
  const now = target.dataBytes === null ? "Size not known" : `${formatBytes(target.dataBytes)} in it now`;
  return target.freeBytes === null ? `${now}.` : `${now}, ${formatBytes(target.freeBytes)} free.`;
}
