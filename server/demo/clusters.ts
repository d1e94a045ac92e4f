import type { MongoClient } from "mongodb";
import { loadLoyalty, loadPreview, loadSandbox } from "./load-small";
import { loadShop, PRODUCTION, STAGING } from "./load-shop";
import type { ProjectName } from "./people";

export interface DemoCluster {
  readonly name: string;
  readonly project: ProjectName;
  readonly tier: "M0" | "FLEX" | "M10" | "M30";
  readonly cloudProvider: "AWS" | "AZURE" | "GCP";
  readonly region: string;
  readonly mongoDBVersion: string;
  readonly diskSizeBytes: bigint | null;
  load(client: MongoClient): Promise<void>;
}

const GIB = 1024n ** 3n;

/** Largest first: it takes longest to load. */
export const CLUSTERS: readonly DemoCluster[] = [
  {
    name: "checkout-prod",
    project: "Checkout",
    tier: "M30",
    cloudProvider: "AWS",
    region: "EU_CENTRAL_1",
    mongoDBVersion: "8.0.4",
    diskSizeBytes: 40n * GIB,
    load: (client) => loadShop(client, PRODUCTION),
  },
  {
    name: "checkout-staging",
    project: "Checkout",
    tier: "M10",
    cloudProvider: "AWS",
    region: "EU_CENTRAL_1",
    mongoDBVersion: "8.0.4",
    diskSizeBytes: 10n * GIB,
    load: (client) => loadShop(client, STAGING),
  },
  {
    name: "loyalty",
    project: "Continuity",
    tier: "M10",
    cloudProvider: "GCP",
    region: "WESTERN_EUROPE",
    mongoDBVersion: "7.0.14",
    diskSizeBytes: 10n * GIB,
    load: loadLoyalty,
  },
  {
    name: "sandbox",
    project: "Checkout",
    tier: "M0",
    cloudProvider: "AWS",
    region: "EU_WEST_1",
    mongoDBVersion: "8.0.4",
    diskSizeBytes: null,
    load: loadSandbox,
  },
  {
    name: "preview",
    project: "Continuity",
    tier: "FLEX",
    cloudProvider: "AZURE",
    region: "EUROPE_WEST",
    mongoDBVersion: "8.0.4",
    diskSizeBytes: null,
    load: loadPreview,
  },
];
