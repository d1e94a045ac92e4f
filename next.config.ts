import type { NextConfig } from "next";

const config: NextConfig = {
  poweredByHeader: false,
  serverExternalPackages: ["@node-rs/argon2", "pg", "pg-boss", "lmdb", "@foxglove/wasm-zstd", "piscina"],
};

export default config;
