/**
 * Figures as people read them. The pages' own scripts use the same functions.
 *
 * @module
 */

const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Three digits that count, without zeros at the end. */
function digits(value: number): string {
  const size = Math.abs(value);
  const places = size >= 100 || value === 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return String(Number(value.toFixed(places)));
}

/** Groups of three digits, a narrow space between. */
export function showCount(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** Bytes, in units of 1024. */
export function showBytes(value: number): string {
  if (!Number.isFinite(value)) return "–";
  let power = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 1024 && power < BINARY.length - 1) {
    scaled /= 1024;
    power++;
  }
  return `${digits(scaled)} ${BINARY[power]}`;
}

/** Microseconds, in the unit that fits. */
export function showMicros(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size < 1000) return `${digits(value)} µs`;
  if (size < 1e6) return `${digits(value / 1000)} ms`;
  if (size < 120e6) return `${String(Number((value / 1e6).toFixed(3)))} s`;
  const seconds = Math.round(value / 1e6);
  return `${Math.trunc(seconds / 60)} min ${Math.abs(seconds % 60)} s`;
}

/** A value with its unit. */
export function showValue(value: number, unit: string): string {
  if (!Number.isFinite(value)) return "–";
  switch (unit) {
    case "B":
      return showBytes(value);
    case "B/s":
      return `${showBytes(value)}/s`;
    case "µs":
      return showMicros(value);
    case "ms":
      return showMicros(value * 1000);
    case "%":
      return `${digits(value)} %`;
    case "":
    case "pages":
    case "pages/s":
      return `${Number.isInteger(value) ? showCount(value) : digits(value)}${unit === "" ? "" : ` ${unit}`}`;
    default:
      return `${digits(value)} ${unit}`;
  }
}
