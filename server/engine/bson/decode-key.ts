import { Binary, Long, MaxKey, MinKey, ObjectId, Timestamp } from "bson";

/**
 * A value that has this key: how a place in a tree is told to people. What keys leave out (the type of a number, string
 * or symbol) is chosen plainly, and decimals become the nearest double. Null for a key that is cut short, or of a kind that is rare as an `_id` (regular
 * expressions, code, pointers).
 */
export function decodeKey(key: Buffer): { value: unknown } | null {
  const reader = new KeyReader(key);
  try {
    const value = reader.value();
    return reader.at === key.length ? { value } : null;
  } catch (error) {
    if (error instanceof NotDecodable) return null;
    throw error;
  }
}

class NotDecodable extends Error {}

class KeyReader {
  at = 0;
  constructor(readonly bytes: Buffer) {}

  value(): unknown {
    return this.#payload(this.#byte());
  }

  #byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new NotDecodable();
    return byte;
  }

  #take(length: number): Buffer {
    const taken = this.bytes.subarray(this.at, this.at + length);
    if (taken.length < length) throw new NotDecodable();
    this.at += length;
    return taken;
  }

  #payload(rank: number): unknown {
    switch (rank) {
      case 0x01:
        return new MinKey();
      case 0x02:
        return undefined;
      case 0x05:
        return null;
      case 0x0a:
        return this.#number();
      case 0x0f:
        return this.#text().toString("utf8");
      case 0x14:
        return this.#object();
      case 0x19:
        return this.#array();
      case 0x1e:
        return this.#binary();
      case 0x23:
        return new ObjectId(this.#take(12));
      case 0x28:
        return this.#byte() === 1;
      case 0x2d:
        return new Date(Number(this.#take(8).readBigUInt64BE() - 0x8000_0000_0000_0000n));
      case 0x2f:
        return new Timestamp(this.#take(8).readBigUInt64BE());
      case 0x7f:
        return new MaxKey();
      default:
        throw new NotDecodable();
    }
  }

  /** Up to its single 00; 00 ff inside stands for 00. */
  #text(): Buffer {
    const parts: Buffer[] = [];
    for (;;) {
      const zero = this.bytes.indexOf(0, this.at);
      if (zero < 0) throw new NotDecodable();
      parts.push(this.bytes.subarray(this.at, zero));
      this.at = zero + 1;
      if (this.bytes[this.at] !== 0xff) return Buffer.concat(parts);
      parts.push(Buffer.from([0]));
      this.at += 1;
    }
  }

  #object(): Record<string, unknown> {
    const fields: Array<[string, unknown]> = [];
    for (let rank = this.#byte(); rank !== 0; rank = this.#byte()) {
      const end = this.bytes.indexOf(0, this.at);
      if (end < 0) throw new NotDecodable();
      const name = this.#take(end - this.at).toString("utf8");
      this.at += 1;
      fields.push([name, this.#payload(rank)]);
    }
    return Object.fromEntries(fields);
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    for (let rank = this.#byte(); rank !== 0; rank = this.#byte()) items.push(this.#payload(rank));
    return items;
  }

  #binary(): Binary {
    const length = this.#take(4).readUInt32BE();
    const subtype = this.#byte();
    return new Binary(Buffer.from(this.#take(length)), subtype);
  }

  #number(): unknown {
    const kind = this.#byte();
    const special = [NaN, -Infinity, null, 0, null, Infinity][kind];
    if (special === undefined) throw new NotDecodable();
    return special ?? this.#digits(kind === 2);
  }

  /** 0.d1d2… x 10^e: exponent, then digits in pairs until 00; all complemented for a negative number. */
  #digits(isNegative: boolean): unknown {
    const flip = isNegative ? 0xff : 0;
    const exponent = (((this.#byte() ^ flip) << 8) | (this.#byte() ^ flip)) - 0x8000;
    let digits = "";
    for (let pair = this.#byte() ^ flip; pair !== 0; pair = this.#byte() ^ flip) {
      digits += String(pair - 1).padStart(2, "0");
    }
    const sign = isNegative ? "-" : "";
    digits = digits.replace(/0+$/, "");
    if (digits.length <= exponent && exponent <= 19) {
      const whole = BigInt(sign + digits.padEnd(exponent, "0"));
      if (BigInt.asIntN(64, whole) === whole) return integer(whole);
    }
    return Number(`${sign}0.${digits}E${exponent}`);
  }
}

function integer(value: bigint): unknown {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : Long.fromBigInt(value);
}
