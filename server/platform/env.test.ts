import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { databaseUrl, parseEnv, postgresFile } from "./env";

describe("parseEnv", () => {
  it("binds to loopback on port 7717 and keeps its data in the folder unless told otherwise", () => {
    const env = parseEnv({}, "/srv/holdfast");
    expect(env).toMatchObject({ host: "127.0.0.1", port: 7717, home: "/srv/holdfast/.holdfast" });
    expect(env.publicUrl).toBe("http://127.0.0.1:7717");
    expect(env.externalDatabaseUrl).toBeNull();
  });

  it("honours PORT, HOST, DATABASE_URL, HOLDFAST_HOME and HOLDFAST_URL", () => {
    const env = parseEnv(
      {
        PORT: "8080",
        HOST: "0.0.0.0",
        DATABASE_URL: "postgresql://u:p@db/holdfast",
        HOLDFAST_HOME: "../data",
        HOLDFAST_URL: "https://backups.example.com/",
      },
      "/srv/holdfast",
    );
    expect(env).toMatchObject({ port: 8080, host: "0.0.0.0", home: "/srv/data" });
    expect(env.publicUrl).toBe("https://backups.example.com");
    expect(databaseUrl(env)).toBe("postgresql://u:p@db/holdfast");
  });

  it("allows storage in no folder unless told which, and reads several as PATH does", () => {
    expect(parseEnv({}).storageFolders).toEqual([]);
    const env = parseEnv({ HOLDFAST_STORAGE_FOLDERS: `/mnt/backups${delimiter}more ` }, "/srv/holdfast");
    expect(env.storageFolders).toEqual(["/mnt/backups", "/srv/holdfast/more"]);
  });

  it("keeps garbage for a day unless told otherwise, by hours that make sense", () => {
    expect(parseEnv({}).garbageGraceHours).toBe(24);
    expect(parseEnv({ HOLDFAST_GARBAGE_GRACE_HOURS: "0" }).garbageGraceHours).toBe(0);
    expect(parseEnv({ HOLDFAST_GARBAGE_GRACE_HOURS: "1.5" }).garbageGraceHours).toBe(1.5);
    expect(() => parseEnv({ HOLDFAST_GARBAGE_GRACE_HOURS: "-1" })).toThrow("HOLDFAST_GARBAGE_GRACE_HOURS");
  });

  it("takes a proxy's word only when told to", () => {
    expect(parseEnv({}).trustProxy).toBe(false);
    expect(parseEnv({ HOLDFAST_TRUST_PROXY: "0" }).trustProxy).toBe(false);
    expect(parseEnv({ HOLDFAST_TRUST_PROXY: "1" }).trustProxy).toBe(true);
    expect(() => parseEnv({ HOLDFAST_TRUST_PROXY: "yes" })).toThrow(/HOLDFAST_TRUST_PROXY/);
  });

  it("takes an empty variable for an absent one", () => {
    expect(parseEnv({ PORT: "", DATABASE_URL: "", HOST: "" }).port).toBe(7717);
  });

  it("writes an IPv6 host as an address needs it, and a name for all addresses", () => {
    expect(parseEnv({ HOST: "::1", PORT: "1" }).publicUrl).toBe("http://[::1]:1");
    expect(parseEnv({ HOST: "0.0.0.0", PORT: "1" }).publicUrl).toBe("http://localhost:1");
  });

  it("names every variable that cannot be used, and shows no value", () => {
    const parse = () => parseEnv({ PORT: "seven", HOLDFAST_KEY: "tooshort", DATABASE_URL: "mysql://root:pw@x/y" });
    expect(parse).toThrow(/PORT/);
    expect(parse).toThrow(/HOLDFAST_KEY/);
    expect(parse).toThrow(/DATABASE_URL/);
    expect(parse).not.toThrow(/tooshort|pw@/);
  });
});

describe("databaseUrl", () => {
  it("reads the embedded PostgreSQL's address, and says what to do before there is one", () => {
    const home = mkdtempSync(join(tmpdir(), "holdfast-env-"));
    const env = parseEnv({ HOLDFAST_HOME: home });
    expect(() => databaseUrl(env)).toThrow(/npm start/);
    writeFileSync(postgresFile(home), JSON.stringify({ url: "postgresql://x@127.0.0.1:1/holdfast" }));
    expect(databaseUrl(env)).toBe("postgresql://x@127.0.0.1:1/holdfast");
    rmSync(home, { recursive: true });
  });
});
