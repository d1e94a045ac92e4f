const INITIAL_BYTES = 4096;
const KEEP_BYTES_MAX = 1024 * 1024;

/** A growing buffer for keys. One is reused for all keys of the process: encoding never awaits. */
export class KeyWriter {
  bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  length = 0;

  /** Makes room for `count` more bytes. Callers of the write functions need not call it. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  uint32(value: number): void {
    this.reserve(4);
    this.length = this.bytes.writeUInt32BE(value, this.length);
  }

  slice(source: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    if (end - start <= 16) for (let i = start; i < end; i += 1) this.bytes[this.length++] = source[i]!;
    else this.length += source.copy(this.bytes, this.length, start, end);
  }

  /** Eight little-endian bytes in big-endian order, so that they sort as an unsigned number. */
  reversed64(source: Buffer, start: number): void {
    this.reserve(8);
    for (let i = 7; i >= 0; i -= 1) this.bytes[this.length++] = source[start + i]!;
  }

  /** Text of any bytes: 00 becomes 00 ff, and a single 00 ends it, so that a prefix sorts first. */
  text(source: Buffer, start: number, end: number): void {
    let from = start;
    for (;;) {
      const zero = source.indexOf(0, from);
      const until = zero < 0 || zero >= end ? end : zero;
      this.slice(source, from, until);
      if (until === end) break;
      this.byte(0);
      this.byte(0xff);
      from = until + 1;
    }
    this.byte(0);
  }

  /** Complements everything written since `from`, which turns its order round. */
  complementFrom(from: number): void {
    for (let i = from; i < this.length; i += 1) this.bytes[i] = ~this.bytes[i]! & 0xff;
  }

  /** A copy of what was written; the writer is empty afterwards and gives back what a huge key made it take. */
  take(): Buffer {
    const key = Buffer.allocUnsafe(this.length);
    this.bytes.copy(key, 0, 0, this.length);
    this.length = 0;
    if (this.bytes.length > KEEP_BYTES_MAX) this.bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    return key;
  }
}
