/** Where a snapshot comes from, as far as storage goes. */
export interface SnapshotOrigin {
  readonly projectId: string;
  readonly cloudProvider: string;
  readonly region: string;
}

/** A rule: snapshots of this project (null: any), provider and region (null: any) go to the target. */
export interface AssignmentRule {
  readonly projectId: string | null;
  readonly cloudProvider: string;
  readonly region: string | null;
}

function matches(rule: AssignmentRule, origin: SnapshotOrigin): boolean {
  return (
    rule.cloudProvider === origin.cloudProvider &&
    (rule.projectId === null || rule.projectId === origin.projectId) &&
    (rule.region === null || rule.region === origin.region)
  );
}

/** Naming the project weighs more than naming the region. */
function weight(rule: AssignmentRule): number {
  return (rule.projectId === null ? 0 : 2) + (rule.region === null ? 0 : 1);
}

/**
 * The most specific rule that fits: project and region, then project, then region of any project, then the provider
 * alone. Null: none fits, and the organization's default is meant. No two rules of one organization are equal, so the
 * answer does not depend on their order.
 */
export function chooseAssignment<Rule extends AssignmentRule>(
  rules: readonly Rule[],
  origin: SnapshotOrigin,
): Rule | null {
  const fitting = rules.filter((rule) => matches(rule, origin));
  return fitting.reduce<Rule | null>((best, rule) => (best && weight(best) >= weight(rule) ? best : rule), null);
}
