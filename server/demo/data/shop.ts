import { Binary, Decimal128, type Document, Int32, Long, type ObjectId } from "mongodb";
import type { Random } from "../random";
import {
  CARRIERS,
  CATEGORIES,
  CITIES,
  FIRST_NAMES,
  LAST_NAMES,
  MATERIALS,
  REVIEW_WORDS,
  STREETS,
  THINGS,
} from "./words";

/** The shop whose data the demo backs up: who buys, what there is, what was ordered. Pure; the same for a seed. */
const OPENED = new Date("2023-03-01T08:00:00Z");
const LAST_ORDER = new Date("2026-10-31T22:00:00Z");
const ORDER_STATES = ["delivered", "shipped", "paid", "returned", "cancelled", "open"] as const;

export interface Customer extends Document {
  _id: ObjectId;
  email: string;
  name: { first: string; last: string };
}

export interface Product extends Document {
  _id: string;
  title: string;
  price: Decimal128;
}

function money(cents: number): Decimal128 {
  return Decimal128.fromString((cents / 100).toFixed(2));
}

function cents(price: Decimal128): number {
  return Math.round(Number(price.toString()) * 100);
}

function address(random: Random): Document {
  const [city, country, pattern, longitude, latitude] = random.pick(CITIES);
  return {
    street: `${random.pick(STREETS)} ${random.int(1, 140)}`,
    postalCode: pattern.replace(/#/g, () => String(random.int(0, 9))),
    city,
    country,
    location: {
      type: "Point",
      coordinates: [longitude + random.int(-400, 400) / 10_000, latitude + random.int(-400, 400) / 10_000],
    },
  };
}

export function* customers(random: Random, count: number): Generator<Customer> {
  for (let index = 0; index < count; index++) {
    const first = random.pick(FIRST_NAMES);
    const last = random.pick(LAST_NAMES);
    const since = random.date(OPENED, LAST_ORDER);
    yield {
      _id: random.objectId(since),
      email: `${first}.${last}.${index}@example.com`.toLowerCase(),
      name: { first, last },
      addresses: Array.from({ length: random.chance(0.2) ? 2 : 1 }, () => address(random)),
      loyalty: { tier: random.pick(["basic", "basic", "silver", "gold"]), points: new Int32(random.int(0, 9_000)) },
      newsletter: random.chance(0.4),
      since,
      ...(random.chance(0.03) ? { deactivatedAt: random.date(since, LAST_ORDER) } : {}),
      ...(random.chance(0.1) ? { notes: null } : {}),
    };
  }
}

export function* products(random: Random, count: number): Generator<Product> {
  for (let index = 0; index < count; index++) {
    const material = random.pick(MATERIALS);
    const thing = random.pick(THINGS);
    yield {
      _id: `${thing.slice(0, 3).toUpperCase()}-${String(index + 1).padStart(5, "0")}`,
      title: `${material} ${thing}`,
      category: random.pick(CATEGORIES),
      price: money(random.int(590, 48_900)),
      weightGrams: new Int32(random.int(80, 22_000)),
      tags: [...new Set([material.toLowerCase(), random.pick(CATEGORIES), random.pick(["new", "sale", "classic"])])],
      barcode: Long.fromNumber(4_000_000_000_000 + index),
      active: random.chance(0.93),
      updatedAt: random.date(OPENED, LAST_ORDER),
    };
  }
}

export function* orders(
  random: Random,
  count: number,
  buyers: ReadonlyArray<Customer>,
  goods: ReadonlyArray<Product>,
): Generator<Document> {
  const stepMs = (LAST_ORDER.getTime() - OPENED.getTime()) / count;
  for (let index = 0; index < count; index++) {
    const at = new Date(OPENED.getTime() + Math.floor(index * stepMs) + random.int(0, Math.floor(stepMs)));
    const buyer = random.pick(buyers, 1.6);
    let total = 0;
    const lines = Array.from({ length: random.int(1, 4) }, (_, line) => {
      const product = random.pick(goods, 2);
      const quantity = random.int(1, 3);
      total += quantity * cents(product.price);
      return { line: line + 1, sku: product._id, title: product.title, quantity, price: product.price };
    });
    const status = index > count * 0.99 ? random.pick(["open", "paid"] as const) : random.pick(ORDER_STATES, 3);
    yield {
      _id: random.objectId(at),
      number: `FH-${String(100_000 + index)}`,
      customerId: buyer._id,
      customer: { name: `${buyer.name.first} ${buyer.name.last}`, email: buyer.email },
      status,
      lines,
      total: money(total),
      currency: "EUR",
      placedAt: at,
      ...(status === "delivered" || status === "shipped"
        ? { shipment: { carrier: random.pick(CARRIERS), tracking: random.hex(14).toUpperCase() } }
        : {}),
    };
  }
}

export function* reviews(
  random: Random,
  count: number,
  buyers: ReadonlyArray<Customer>,
  goods: ReadonlyArray<Product>,
): Generator<Document> {
  for (let index = 0; index < count; index++) {
    const at = random.date(OPENED, LAST_ORDER);
    yield {
      _id: { sku: random.pick(goods, 2)._id, number: index },
      customerId: random.pick(buyers)._id,
      stars: random.pick([5, 5, 4, 4, 3, 2, 1]),
      text: Array.from({ length: random.int(4, 30) }, () => random.pick(REVIEW_WORDS)).join(" "),
      at,
    };
  }
}

/** Shopping sessions; `expiresAt` lies far ahead, so that the TTL index leaves them alone. */
export function* sessions(random: Random, count: number, buyers: ReadonlyArray<Customer>): Generator<Document> {
  for (let index = 0; index < count; index++) {
    yield {
      _id: new Binary(random.bytes(16), Binary.SUBTYPE_UUID),
      customerId: random.chance(0.6) ? random.pick(buyers)._id : null,
      cart: Array.from({ length: random.int(0, 3) }, () => random.int(1, 2_000)),
      agent: random.pick(["Firefox/144", "Chrome/156", "Safari/27", "okhttp/5"]),
      expiresAt: random.date(new Date("2031-01-01T00:00:00Z"), new Date("2032-01-01T00:00:00Z")),
    };
  }
}

export function* auditEntries(random: Random, count: number): Generator<Document> {
  const stepMs = (LAST_ORDER.getTime() - OPENED.getTime()) / count;
  for (let index = 0; index < count; index++) {
    const at = new Date(OPENED.getTime() + Math.floor(index * stepMs));
    yield {
      _id: random.objectId(at),
      at,
      who: `${random.pick(FIRST_NAMES)}.${random.pick(LAST_NAMES)}`.toLowerCase(),
      what: random.pick(["order.refund", "customer.update", "product.price", "login", "export.start"]),
      from: `10.${random.int(0, 40)}.${random.int(0, 255)}.${random.int(1, 254)}`,
      ok: random.chance(0.985),
    };
  }
}
