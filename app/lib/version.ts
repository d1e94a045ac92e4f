import manifest from "@/package.json";

/** The running release. */
export const version: string = manifest.version;
