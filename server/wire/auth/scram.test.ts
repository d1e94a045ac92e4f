import { expect, test } from "vitest";
import { makeCredential, parseClientFirst, ScramExchange, type Mechanism } from "./scram";

/** The examples of the SCRAM specifications of the drivers (and RFC 7677). */
const VECTORS: Array<{
  mechanism: Mechanism;
  nonce: string;
  server: string;
  salt: string;
  iterations: number;
  proof: string;
  signature: string;
}> = [
  {
    mechanism: "SCRAM-SHA-1",
    nonce: "fyko+d2lbbFgONRv9qkxdawL",
    server: "Ho+Vgk7qvUOKUwuWLIWg4l/9SraGMHEE",
    salt: "rQ9ZY3MntBeuP3E1TDVC4w==",
    iterations: 10_000,
    proof: "MC2T8BvbmWRckDw8oWl5IVghwCY=",
    signature: "UMWeI25JD1yNYZRMpZ4VHvhZ9e0=",
  },
  {
    mechanism: "SCRAM-SHA-256",
    nonce: "rOprNGfwEbeRWgbNEkqO",
    server: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
    salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
    iterations: 4096,
    proof: "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    signature: "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
  },
];

test.each(VECTORS)(
  "$mechanism answers the published exchange",
  ({ mechanism, nonce, server, salt, iterations, proof, signature }) => {
    const credential = makeCredential(mechanism, "user", "pencil", { salt: Buffer.from(salt, "base64"), iterations });
    const first = parseClientFirst(`n,,n=user,r=${nonce}`)!;
    const exchange = (): ScramExchange => new ScramExchange(mechanism, credential, first, server);
    expect(exchange().serverFirst).toBe(`r=${nonce}${server},s=${salt},i=${iterations}`);
    expect(exchange().finish(`c=biws,r=${nonce}${server},p=${proof}`)).toBe(`v=${signature}`);
    expect(exchange().finish(`c=biws,r=${nonce}${server},p=${proof.replace(/^../, "AA")}`)).toBeNull();
    expect(exchange().finish(`c=biws,r=${nonce}other,p=${proof}`)).toBeNull();
  },
);

test("names with commas and equal signs are read back", () => {
  expect(parseClientFirst("n,,n=a=2Cb=3Dc,r=x")?.user).toBe("a,b=c");
  expect(parseClientFirst("p=tls-unique,,n=a,r=x")).toBeNull();
});
