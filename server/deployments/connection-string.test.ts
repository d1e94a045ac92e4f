import { describe, expect, it } from "vitest";
import { isDomainError } from "@/server/platform/errors/domain-error";
import { assertHostsAllowed, checkConnectionString, redact } from "./connection-string";
import { openDeployment } from "./deployment";
import { guardedLookup, isAddressAllowed, type NetworkPolicy } from "./network-policy";

const anywhere: NetworkPolicy = { reachableNetworks: [] };

function codeOf(uri: string, policy = anywhere): string {
  try {
    checkConnectionString(uri, policy);
    return "accepted";
  } catch (error) {
    return isDomainError(error) ? error.code : "foreign error";
  }
}

describe("checkConnectionString", () => {
  it.each([
    "mongodb://127.0.0.1:27017/?directConnection=true",
    "mongodb://u:p%40ss@db1.example.com,db2.example.com:27018/admin?replicaSet=rs0&tls=true",
    "mongodb+srv://u:p@cluster0.example.com/?retryWrites=true&w=majority",
    "mongodb://u:p@[2001:db8::1]:27017/?authMechanism=SCRAM-SHA-256",
  ])("accepts %s", (uri) => expect(codeOf(uri)).toBe("accepted"));

  it.each([
    "mongodb://h/?tls=true&tlsCAFile=/etc/passwd",
    "mongodb://h/?tls=true&TLSCERTIFICATEKEYFILE=/etc/shadow",
    "mongodb://h/?tls=true&tlsCRLFile=x",
    "mongodb://h/?sslCA=/etc/passwd",
    "mongodb://%2Ftmp%2Fmongodb-27017.sock/",
    "mongodb://u@h/?authMechanism=MONGODB-AWS",
    "mongodb://u@h/?authMechanism=mongodb-oidc",
    "mongodb://u@h/?authMechanism=GSSAPI",
    "mongodb://u@h/?authMechanism=MONGODB-X509",
    "mongodb://h/?proxyHost=10.0.0.1",
    "mongodb://169.254.169.254/",
    "mongodb://good.example.com,169.254.1.1:27017/",
    "mongodb://[fe80::1]/",
    "mongodb://[::ffff:169.254.169.254]:27017/",
    "mongodb://100.100.100.200/",
    "mongodb://0.0.0.0/",
    "mongodb://[fd00:ec2::254]/",
  ])("refuses %s", (uri) => expect(codeOf(uri)).toBe("CONNECTION_STRING_REFUSED"));

  it.each([
    "",
    "http://example.com",
    "mongodb://",
    "mongodb://h/?replicaSet=a&directConnection=maybe",
    "mongodb://h:port/",
  ])("calls %j invalid", (uri) => expect(codeOf(uri)).toBe("CONNECTION_STRING_INVALID"));

  it("keeps to the networks that may be reached", () => {
    const policy = { reachableNetworks: ["10.0.0.0/8", "127.0.0.1"] };
    expect(codeOf("mongodb://10.1.2.3/", policy)).toBe("accepted");
    expect(codeOf("mongodb://127.0.0.1/", policy)).toBe("accepted");
    expect(codeOf("mongodb://192.168.0.1/", policy)).toBe("CONNECTION_STRING_REFUSED");
    expect(isAddressAllowed("169.254.169.254", { reachableNetworks: ["169.254.0.0/16"] })).toBe(false);
    expect(isAddressAllowed("example.com", anywhere)).toBe(false);
  });

  it("never shows a password in its errors or for logs", () => {
    const secret = "correct-horse";
    expect(redact(`mongodb://ann:${secret}@h/?authSource=admin`)).not.toContain(secret);
    try {
      checkConnectionString(`mongodb://ann:${secret}@h:port/`, anywhere);
      expect.unreachable();
    } catch (error) {
      expect(String((error as Error).message)).not.toContain(secret);
    }
  });
});

describe("addresses behind names", () => {
  it("are checked before a connection string is saved", async () => {
    const policy = { reachableNetworks: ["10.0.0.0/8"] };
    await expect(assertHostsAllowed("mongodb://localhost/", policy)).rejects.toSatisfy((error) =>
      isDomainError(error, "CONNECTION_STRING_REFUSED"),
    );
    await assertHostsAllowed("mongodb://localhost/", anywhere);
  });

  it("are checked again at each connection", async () => {
    const answer = await new Promise((resolve) => {
      guardedLookup({ reachableNetworks: ["10.0.0.0/8"] })("localhost", { all: false }, (error) => resolve(error));
    });
    expect(isDomainError(answer, "CONNECTION_STRING_REFUSED")).toBe(true);
    const address = await new Promise((resolve) => {
      guardedLookup(anywhere)("localhost", { family: 4 }, (_error, found) => resolve(found));
    });
    expect(address).toBe("127.0.0.1");
  });
});

describe("openDeployment", () => {
  it("tells an unreachable server apart and can be tried again", async () => {
    const deployment = openDeployment({
      connectionString: "mongodb://127.0.0.1:9/?directConnection=true",
      kind: "external",
      timeoutMs: 300,
    });
    for (let i = 0; i < 2; i += 1) {
      await expect(deployment.client()).rejects.toSatisfy((error) => isDomainError(error, "CLUSTER_UNREACHABLE"));
    }
    await deployment.close();
  });
});
