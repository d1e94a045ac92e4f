import { FilterSelect } from "@/components/ui/FilterSelect";
import { FilterTabs } from "@/components/ui/FilterTabs";
import type { Params } from "@/components/ui/query-string";

const KINDS = [
  { value: "", label: "All" },
  { value: "policy", label: "Policy" },
  { value: "onDemand", label: "On-demand" },
] as const;

const STATUSES = [
  { value: "COMPLETED", label: "completed" },
  { value: "IN_PROGRESS", label: "running" },
  { value: "QUEUED", label: "queued" },
  { value: "FAILED", label: "failed" },
  { value: "CANCELLED", label: "cancelled" },
] as const;

const PROVEN = [
  { value: "yes", label: "yes" },
  { value: "no", label: "not yet" },
] as const;

const TAKEN = [
  { value: "1", label: "last 24 hours" },
  { value: "7", label: "last 7 days" },
  { value: "30", label: "last 30 days" },
] as const;

interface SnapshotFiltersProps {
  params: Params;
  shown: number;
  total: number;
  /** On a project's page: the clusters to choose from. */
  clusters?: ReadonlyArray<{ id: string; name: string }>;
}

export function SnapshotFilters({ params, shown, total, clusters }: SnapshotFiltersProps) {
  return (
    <div className="filters" role="search" aria-label="Filter snapshots">
      <FilterTabs name="kind" label="Kind" options={KINDS} params={params} />
      {clusters ? (
        <FilterSelect
          name="clusterId"
          label="Cluster"
          any="all"
          options={clusters.map(({ id, name }) => ({ value: id, label: name }))}
        />
      ) : null}
      <FilterSelect name="status" label="Status" options={STATUSES} />
      <FilterSelect name="proven" label="Proven" options={PROVEN} />
      <FilterSelect name="taken" label="Taken" options={TAKEN} any="any time" />
      <span className="push s12 t3">
        {shown} of {total}
      </span>
    </div>
  );
}
