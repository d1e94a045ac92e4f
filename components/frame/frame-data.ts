import type { RunSummary } from "@/server/domain/runs/schema";

/** What the frame around every page knows. */
export interface FrameData {
  account: { name: string; email: string; mustChangePassword: boolean };
  organizations: ReadonlyArray<{ id: string; name: string; projects: ReadonlyArray<{ id: string; name: string }> }>;
  organization: { id: string; name: string } | null;
  project: { id: string; name: string } | null;
  running: readonly RunSummary[];
  installation: { version: string; workersAlive: number };
}
