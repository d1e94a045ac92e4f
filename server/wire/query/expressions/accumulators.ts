import { encodeKey } from "@/server/engine/bson/key";
import type { Collation } from "../collation";
import { compareRaw, equalRaw } from "../compare";
import { decimalOfInteger, divideDecimals } from "../decimal";
import { asDecimal, asDouble, numericOf, rawOfNumeric, type Numeric } from "../numbers";
import { detached, MISSING, NULL, rawArray, rawDouble, type Raw } from "../raw";
import { addNumerics } from "./arithmetic";
import { mergeObjects } from "./objects";

/** Collects the values of one group. */
export interface Accumulator {
  add(value: Raw): void;
  result(): Raw;
}

/** Doubles are summed with compensation (Neumaier), as the server's DoubleDoubleSummation, apart from the integers. */
class Sum implements Accumulator {
  #exact: Numeric = { type: "int32", value: 0n };
  #double = 0;
  #rest = 0;
  #sawDouble = false;
  count = 0;

  add(value: Raw): void {
    const numeric = numericOf(value);
    if (numeric === null) return;
    this.count += 1;
    if (numeric.type !== "double") {
      this.#exact = addNumerics(this.#exact, numeric);
      return;
    }
    this.#sawDouble = true;
    const sum = this.#double + numeric.value;
    this.#rest +=
      Math.abs(this.#double) >= Math.abs(numeric.value)
        ? this.#double - sum + numeric.value
        : numeric.value - sum + this.#double;
    this.#double = sum;
  }

  numeric(): Numeric {
    if (!this.#sawDouble) return this.#exact;
    const total = this.#double + (Number.isFinite(this.#rest) ? this.#rest : 0);
    return addNumerics(this.#exact, { type: "double", value: total });
  }

  result(): Raw {
    return rawOfNumeric(this.numeric());
  }
}

class Average implements Accumulator {
  readonly #sum = new Sum();

  add(value: Raw): void {
    this.#sum.add(value);
  }

  result(): Raw {
    if (this.#sum.count === 0) return NULL;
    const total = this.#sum.numeric();
    if (total.type !== "decimal") return rawDouble(asDouble(total) / this.#sum.count);
    return rawOfNumeric({
      type: "decimal",
      value: divideDecimals(asDecimal(total), decimalOfInteger(BigInt(this.#sum.count))),
    });
  }
}

class Extreme implements Accumulator {
  #best: Raw | null = null;

  constructor(
    readonly sign: 1 | -1,
    readonly collation: Collation | null,
  ) {}

  add(value: Raw): void {
    if (value === MISSING || value.isNullish) return;
    if (this.#best === null || compareRaw(value, this.#best, this.collation) * this.sign < 0)
      this.#best = detached(value);
  }

  result(): Raw {
    return this.#best ?? NULL;
  }
}

class Edge implements Accumulator {
  #value: Raw | null = null;

  constructor(readonly keepsFirst: boolean) {}

  add(value: Raw): void {
    if (!this.keepsFirst || this.#value === null) this.#value = value === MISSING ? value : detached(value);
  }

  result(): Raw {
    return this.#value === null || this.#value === MISSING ? NULL : this.#value;
  }
}

class Push implements Accumulator {
  readonly #items: Raw[] = [];

  add(value: Raw): void {
    if (value !== MISSING) this.#items.push(detached(value));
  }

  result(): Raw {
    return rawArray(this.#items);
  }
}

class AddToSet implements Accumulator {
  readonly #items: Raw[] = [];
  readonly #keys = new Set<string>();

  constructor(readonly collation: Collation | null) {}

  add(value: Raw): void {
    if (value === MISSING) return;
    if (this.collation !== null) {
      if (this.#items.some((item) => equalRaw(item, value, this.collation))) return;
    } else {
      const key = encodeKey(value.buf, value).toString("latin1");
      if (this.#keys.has(key)) return;
      this.#keys.add(key);
    }
    this.#items.push(detached(value));
  }

  result(): Raw {
    return rawArray(this.#items);
  }
}

class Merge implements Accumulator {
  readonly #values: Raw[] = [];

  add(value: Raw): void {
    this.#values.push(value === MISSING ? value : detached(value));
  }

  result(): Raw {
    return mergeObjects(this.#values);
  }
}

/** Welford's method, over doubles. */
class Deviation implements Accumulator {
  #count = 0;
  #mean = 0;
  #squares = 0;

  constructor(readonly isSample: boolean) {}

  add(value: Raw): void {
    const numeric = numericOf(value);
    if (numeric === null) return;
    const number = asDouble(numeric);
    this.#count += 1;
    const delta = number - this.#mean;
    this.#mean += delta / this.#count;
    this.#squares += delta * (number - this.#mean);
  }

  result(): Raw {
    const divisor = this.isSample ? this.#count - 1 : this.#count;
    return divisor < 1 ? NULL : rawDouble(Math.sqrt(this.#squares / divisor));
  }
}

/** Accumulators whose argument is one expression. */
export const accumulators: Readonly<Record<string, (collation: Collation | null) => Accumulator>> = {
  $sum: () => new Sum(),
  $avg: () => new Average(),
  $min: (collation) => new Extreme(1, collation),
  $max: (collation) => new Extreme(-1, collation),
  $first: () => new Edge(true),
  $last: () => new Edge(false),
  $push: () => new Push(),
  $addToSet: (collation) => new AddToSet(collation),
  $mergeObjects: () => new Merge(),
  $stdDevPop: () => new Deviation(false),
  $stdDevSamp: () => new Deviation(true),
};
