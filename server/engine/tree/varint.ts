/** Unsigned LEB128, for whole numbers up to 2^53 - 1. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

/** Writes at `at` and answers the offset after it. */
export function writeVarint(target: Buffer, value: number, at: number): number {
  let rest = value;
  while (rest >= 0x80) {
    target[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  target[at++] = rest;
  return at;
}

/** Reads fields one after another; anything beyond the end or out of range throws what `fail` gives. */
export class ByteReader {
  at = 0;

  constructor(
    readonly bytes: Buffer,
    private readonly fail: (what: string) => Error,
  ) {}

  get atEnd(): boolean {
    return this.at === this.bytes.length;
  }

  byte(): number {
    if (this.at >= this.bytes.length) throw this.fail("cut short");
    return this.bytes[this.at++]!;
  }

  uint32(): number {
    if (this.at + 4 > this.bytes.length) throw this.fail("cut short");
    this.at += 4;
    return this.bytes.readUInt32LE(this.at - 4);
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && i > 0) throw this.fail("a number is written longer than it is");
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
      scale *= 0x80;
    }
    throw this.fail("a number is too large");
  }

  /** A view of the next bytes, not a copy. */
  slice(count: number): Buffer {
    if (this.at + count > this.bytes.length) throw this.fail("cut short");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
}
