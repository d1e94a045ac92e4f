import type { StoragePlace } from "@/server/domain/storage/schema";
import { KIND_WORDS } from "./storage-words";

/** "Frankfurt (S3-compatible)", and where that is. */
export function StoredIn({ place }: { place: StoragePlace }) {
  return (
    <>
      {place.name} ({KIND_WORDS[place.kind]})<span className="sub m wrap">{place.place}</span>
    </>
  );
}
