/**
 * CRC-64/XZ, as archives carry it: reflected polynomial c96c5795d7870f42, begun and ended with all bits set. Eight bytes
 * a step by eight tables, in halves of 32 bits, because 64-bit integers are slow here.
 */
const POLYNOMIAL_HIGH = 0xc96c5795;
const POLYNOMIAL_LOW = 0xd7870f42;
const STEP = 8;

/** Table k holds the effect of a byte that k more bytes follow. */
const LOW: Uint32Array[] = [];
const HIGH: Uint32Array[] = [];

function makeTables(): void {
  for (let k = 0; k < STEP; k += 1) {
    const low = new Uint32Array(256);
    const high = new Uint32Array(256);
    for (let byte = 0; byte < 256; byte += 1) {
      let [l, h] = k === 0 ? [byte, 0] : [LOW[k - 1]![byte]!, HIGH[k - 1]![byte]!];
      if (k === 0) {
        for (let bit = 0; bit < 8; bit += 1) {
          const carry = l & 1;
          l = ((l >>> 1) | (h << 31)) >>> 0;
          h >>>= 1;
          if (carry) {
            l = (l ^ POLYNOMIAL_LOW) >>> 0;
            h = (h ^ POLYNOMIAL_HIGH) >>> 0;
          }
        }
      } else {
        const index = l & 0xff;
        const shifted = ((l >>> 8) | (h << 24)) >>> 0;
        l = (shifted ^ LOW[0]![index]!) >>> 0;
        h = ((h >>> 8) ^ HIGH[0]![index]!) >>> 0;
      }
      low[byte] = l;
      high[byte] = h;
    }
    LOW.push(low);
    HIGH.push(high);
  }
}
makeTables();

/** A checksum that bytes are added to in pieces. */
export class Crc64 {
  #low = 0xffffffff;
  #high = 0xffffffff;

  update(bytes: Buffer): void {
    const [l0, l1, l2, l3, l4, l5, l6, l7] = LOW as [U, U, U, U, U, U, U, U];
    const [h0, h1, h2, h3, h4, h5, h6, h7] = HIGH as [U, U, U, U, U, U, U, U];
    let low = this.#low;
    let high = this.#high;
    let at = 0;
    for (const end = bytes.length - (bytes.length % STEP); at < end; at += STEP) {
      low ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      high ^= bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24);
      const [a, b, c, d] = [low & 255, (low >>> 8) & 255, (low >>> 16) & 255, low >>> 24];
      const [e, f, g, h] = [high & 255, (high >>> 8) & 255, (high >>> 16) & 255, high >>> 24];
      low = l7[a]! ^ l6[b]! ^ l5[c]! ^ l4[d]! ^ l3[e]! ^ l2[f]! ^ l1[g]! ^ l0[h]!;
      high = h7[a]! ^ h6[b]! ^ h5[c]! ^ h4[d]! ^ h3[e]! ^ h2[f]! ^ h1[g]! ^ h0[h]!;
    }
    for (; at < bytes.length; at += 1) {
      const index = (low ^ bytes[at]!) & 255;
      low = ((low >>> 8) | (high << 24)) ^ l0[index]!;
      high = (high >>> 8) ^ h0[index]!;
    }
    this.#low = low >>> 0;
    this.#high = high >>> 0;
  }

  /** Of all bytes so far, unsigned. */
  value(): bigint {
    return (BigInt(~this.#high >>> 0) << 32n) | BigInt(~this.#low >>> 0);
  }
}

type U = Uint32Array;
