import packageJson from "@/package.json";
import { presentCallingKey } from "../present/organizations";
import { defineRoute, type Route } from "../route";

export const rootRoutes: Route[] = [
  defineRoute({
    operationId: "getSystemStatus",
    method: "GET",
    path: "",
    versions: ["2023-01-01"],
    permission: "org.read",
    handler: async ({ actor, links }) => ({
      content: {
        apiKey: presentCallingKey(actor),
        // The name is part of the interface: clients compare it.
        appName: "MongoDB Atlas",
        build: `holdfast-${packageJson.version}`,
        links: [links.self()],
        throttling: false,
      },
    }),
  }),
];
