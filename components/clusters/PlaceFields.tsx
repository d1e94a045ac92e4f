"use client";

import { useState } from "react";
import { Select } from "@/components/ui/Select";
import { CLOUD_PROVIDERS, REGIONS, type CloudProvider } from "@/server/domain/clusters/schema";

const PROVIDER_WORDS = { AWS: "AWS", AZURE: "Azure", GCP: "Google Cloud" } as const;

/** Provider and region: labels for people and for the Admin API; Holdfast itself runs where it runs. */
export function PlaceFields() {
  const [provider, setProvider] = useState<CloudProvider>("AWS");
  return (
    <div className="pair">
      <Select
        label="Cloud provider"
        name="cloudProvider"
        value={provider}
        onChange={(event) => setProvider(CLOUD_PROVIDERS.find((one) => one === event.target.value) ?? "AWS")}
        options={CLOUD_PROVIDERS.map((one) => ({ value: one, label: PROVIDER_WORDS[one] }))}
      />
      <Select
        key={provider}
        label="Region"
        name="region"
        defaultValue={provider === "AWS" ? "EU_CENTRAL_1" : undefined}
        options={REGIONS[provider].map((one) => ({ value: one, label: one.toLowerCase().replaceAll("_", "-") }))}
      />
    </div>
  );
}
