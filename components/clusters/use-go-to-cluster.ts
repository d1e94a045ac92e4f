"use client";

import { useRouter } from "next/navigation";
import { clusterPath } from "@/components/format/addresses";
import { toast } from "@/components/ui/toast-store";

/** After a cluster is there: says so and goes to its page. */
export function useGoToCluster(projectId: string): (name: string, title: string) => void {
  const router = useRouter();
  return (name, title) => {
    toast({ tone: "ok", title });
    router.push(clusterPath(projectId, name));
    router.refresh();
  };
}
