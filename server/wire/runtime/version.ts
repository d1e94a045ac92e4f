/** Which wire version a release announces (mongodb-internals: wire_version.h of each release). */
const WIRE_VERSIONS: Array<[string, number]> = [
  ["4.4", 9],
  ["5.0", 13],
  ["5.1", 14],
  ["5.2", 15],
  ["5.3", 16],
  ["6.0", 17],
  ["6.1", 18],
  ["6.2", 19],
  ["6.3", 20],
  ["7.0", 21],
  ["7.1", 22],
  ["7.2", 23],
  ["7.3", 24],
  ["8.0", 25],
  ["8.1", 26],
  ["8.2", 27],
  ["8.3", 28],
  ["9.0", 29],
];

/** The newest protocol that is really spoken here: 25 brought the bulkWrite command. */
const SPOKEN_WIRE_VERSION = 25;

export function versionArray(version: string): number[] {
  const numbers = version.split(/[.-]/).slice(0, 3).map(Number);
  return [...numbers, 0];
}

/** Never more than is spoken, whatever the server poses as. */
export function wireVersionOf(version: string): number {
  const [major, minor] = versionArray(version);
  const release = (major ?? 0) * 100 + (minor ?? 0);
  let wire = 9;
  for (const [name, announced] of WIRE_VERSIONS) {
    const [knownMajor, knownMinor] = versionArray(name);
    if ((knownMajor ?? 0) * 100 + (knownMinor ?? 0) <= release) wire = announced;
  }
  return Math.min(wire, SPOKEN_WIRE_VERSION);
}
