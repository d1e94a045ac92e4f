import { FilterSelect } from "@/components/ui/FilterSelect";

interface ActivityFiltersProps {
  clusters?: ReadonlyArray<{ id: string; name: string }>;
}

const OUTCOMES = [
  { value: "DONE", label: "done" },
  { value: "REFUSED", label: "refused" },
  { value: "FAILED", label: "failed" },
] as const;

/** Stretches of time before now, in hours. */
export const SINCE = [
  { value: "24", label: "last 24 hours" },
  { value: "168", label: "last 7 days" },
  { value: "720", label: "last 30 days" },
] as const;

export function ActivityFilters({ clusters }: ActivityFiltersProps) {
  return (
    <div className="filters" role="search" aria-label="Filter activity">
      <FilterSelect name="outcome" label="Outcome" options={OUTCOMES} />
      {clusters && clusters.length > 0 ? (
        <FilterSelect
          name="cluster"
          label="Cluster"
          options={clusters.map(({ id, name }) => ({ value: id, label: name }))}
        />
      ) : null}
      <FilterSelect name="since" label="When" options={SINCE} any="any time" />
    </div>
  );
}
