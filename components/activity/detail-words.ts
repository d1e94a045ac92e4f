import { formatBytes } from "@/components/format/bytes";
import { formatCount } from "@/components/format/numbers";

const LABELS: Record<string, string> = {
  snapshotId: "snapshot",
  restoreId: "restore",
  retentionDays: "kept for days",
  consistent: "one moment",
  source: "from",
  targetId: "storage target",
  cloudProvider: "provider",
  bytes: "size",
  errorCode: "code",
  mongoDBVersion: "MongoDB",
  acceptUnblocked: "clients may write meanwhile",
};

/** "size: 84 MiB": a detail of an entry as people read it. A name without words of its own is split into them. */
export function detailWords({ name, value }: { name: string; value: string }): string {
  const label = LABELS[name] ?? name.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  return `${label}: ${valueWords(name, value)}`;
}

function valueWords(name: string, value: string): string {
  if (value === "true") return "yes";
  if (value === "false") return "no";
  if (name === "bytes" && /^\d+$/.test(value)) return formatBytes(Number(value));
  return /^\d{1,15}$/.test(value) ? formatCount(Number(value)) : value;
}
