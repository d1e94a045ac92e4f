const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

export interface SizeParts {
  value: string;
  unit: string;
}

/** A size in binary units, split so that the unit can be set smaller: { value: "42.1", unit: "GiB" }. */
export function sizeParts(bytes: number | bigint): SizeParts {
  let amount = Math.max(0, Number(bytes));
  let unit = 0;
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  // 1023.97 KiB must not become "1024 KiB".
  if (unit > 0 && unit < UNITS.length - 1 && Number(amount.toFixed(decimals(amount, unit))) >= 1024) {
    amount /= 1024;
    unit += 1;
  }
  return { value: amount.toFixed(decimals(amount, unit)), unit: UNITS[unit] ?? "B" };
}

function decimals(amount: number, unit: number): number {
  if (unit === 0 || amount >= 100) return 0;
  return unit >= 3 || amount < 10 ? 1 : 0;
}

export function formatBytes(bytes: number | bigint): string {
  const { value, unit } = sizeParts(bytes);
  return `${value} ${unit}`;
}

/** Bytes as bytes per second: "68 MiB/s". */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}
