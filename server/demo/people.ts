/** The organization of the demo: who is in it, and with which roles in which project. */
export const ORGANIZATION = "Fernhollow";
export const PROJECTS = ["Checkout", "Continuity"] as const;
export type ProjectName = (typeof PROJECTS)[number];

export interface DemoPerson {
  readonly name: string;
  readonly email: string;
  readonly orgRoles: readonly string[];
  readonly projectRoles: Partial<Record<ProjectName, readonly string[]>>;
  /** For the terminal. */
  readonly words: string;
}

export const PEOPLE: readonly DemoPerson[] = [
  {
    name: "Olga Adler",
    email: "olga@fernhollow.example",
    orgRoles: ["ORG_OWNER"],
    projectRoles: {},
    words: "Organization Owner, without a role in any project",
  },
  {
    name: "Paolo Rossi",
    email: "paolo@fernhollow.example",
    orgRoles: ["ORG_MEMBER"],
    projectRoles: { Checkout: ["GROUP_OWNER"], Continuity: ["GROUP_OWNER"] },
    words: "Project Owner",
  },
  {
    name: "Maya Okafor",
    email: "maya@fernhollow.example",
    orgRoles: ["ORG_MEMBER"],
    projectRoles: { Checkout: ["GROUP_BACKUP_MANAGER"], Continuity: ["GROUP_BACKUP_MANAGER"] },
    words: "Project Backup Manager",
  },
  {
    name: "Lin Chen",
    email: "lin@fernhollow.example",
    orgRoles: ["ORG_MEMBER"],
    projectRoles: { Checkout: ["GROUP_READ_ONLY"] },
    words: "reads Checkout only",
  },
  {
    name: "Hugo Weber",
    email: "hugo@outside.example",
    orgRoles: [],
    projectRoles: {},
    words: "an outsider: in no organization",
  },
];
