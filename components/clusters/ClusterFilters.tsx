import { FilterSearch } from "@/components/ui/FilterSearch";
import { FilterSelect } from "@/components/ui/FilterSelect";
import { CLUSTER_HEALTH, TIERS, type OrgClustersView } from "@/server/domain/clusters/schema";
import { HEALTH_LOOKS, tierName } from "./health";

interface ClusterFiltersProps {
  projects: ReadonlyArray<{ id: string; name: string }>;
  versions: OrgClustersView["versions"];
}

const SORTS = [
  { value: "name", label: "name" },
  { value: "-dataBytes", label: "most data" },
  { value: "-lastSnapshotAt", label: "newest snapshot" },
] as const;

export function ClusterFilters({ projects, versions }: ClusterFiltersProps) {
  return (
    <div className="filters" role="search" aria-label="Filter clusters">
      <FilterSearch name="search" label="Find a cluster" placeholder="Name, project or id" />
      <FilterSelect
        name="project"
        label="Project"
        any="all"
        options={projects.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <FilterSelect
        name="tier"
        label="Tier"
        any="all"
        options={TIERS.map((tier) => ({ value: tier, label: tierName(tier) }))}
      />
      <FilterSelect
        name="health"
        label="Backup"
        any="all"
        options={CLUSTER_HEALTH.map((health) => ({ value: health, label: HEALTH_LOOKS[health].words }))}
      />
      <FilterSelect
        name="version"
        label="Version"
        any="all"
        options={versions.map((version) => ({ value: version, label: version }))}
      />
      <span className="push">
        <FilterSelect name="sort" label="Sorted by" any="what needs you" options={SORTS} />
      </span>
    </div>
  );
}
