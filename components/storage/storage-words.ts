import type { CloudProvider } from "@/server/domain/clusters/schema";
import type { ProbeStepView, StorageKind, TargetTest } from "@/server/domain/storage/schema";

export const KIND_WORDS: Record<StorageKind, string> = {
  INSTALLATION: "The server's own disk",
  S3: "S3-compatible",
  AZURE: "Azure Blob Storage",
  GCS: "Google Cloud Storage",
  FOLDER: "Folder on the server",
};

export const PROVIDER_WORDS: Record<CloudProvider, string> = { AWS: "AWS", AZURE: "Azure", GCP: "Google Cloud" };

/** "EU_CENTRAL_1" as people say it. */
export const regionWords = (region: string | null): string =>
  region === null ? "any region" : region.toLowerCase().replaceAll("_", "-");

/** What each step of a test tries, and what it means when it goes well; in the order of trying. */
export const STEP_WORDS: Record<ProbeStepView["name"], { title: string; good: string }> = {
  reach: { title: "Reach", good: "The storage answers and lets Holdfast in." },
  write: { title: "Write", good: "Objects can be stored." },
  read: { title: "Read", good: "What was stored comes back as it was, whole and in part." },
  list: { title: "List", good: "What was stored is listed at once, in order." },
  conditional: { title: "Keep what is there", good: "An object that exists is not overwritten." },
  delete: { title: "Delete", good: "Objects can be removed, and the test left nothing behind." },
  clock: { title: "Clock", good: "Its clock and this server's agree, or it tells none." },
};

/** Without the schema itself, which is some kilobytes that a page need not load. */
export const STEP_NAMES = Object.keys(STEP_WORDS) as ReadonlyArray<ProbeStepView["name"]>;

/** The first step that failed, for a badge: "Failed: write"; null when none did. */
export function failedStep(test: TargetTest): string | null {
  const failed = test.steps.find((step) => !step.ok);
  return failed ? STEP_WORDS[failed.name].title.toLowerCase() : null;
}
