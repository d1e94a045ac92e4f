import { parseStorageUrl } from "@/server/engine/storage";

/**
 * Whether two locations are one place: the same folder, or the same bucket and prefix of the same service. Options that
 * only say how to get there (region, encryption, pace) do not count. Throws VALIDATION_ERROR for what is no storage URL.
 */
export function isSamePlace(a: string, b: string): boolean {
  return placeOf(a) === placeOf(b);
}

function placeOf(url: string): string {
  const location = parseStorageUrl(url);
  const { scheme, prefix, endpoint } = location;
  switch (location.scheme) {
    case "file":
      return JSON.stringify([scheme, location.path.replace(/\/+$/, "")]);
    case "azblob":
      return JSON.stringify([scheme, endpoint, location.account, location.container, prefix]);
    case "s3":
      // The names of the provider's own hosts differ by region; a bucket's name is in one of them only.
      return JSON.stringify([scheme, isAws(endpoint) ? null : endpoint, location.bucket, prefix]);
    case "gs":
      return JSON.stringify([scheme, endpoint, location.bucket, prefix]);
  }
}

function isAws(endpoint: string | null): boolean {
  return endpoint !== null && new URL(endpoint).hostname.endsWith(".amazonaws.com");
}
