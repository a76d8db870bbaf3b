/**
 * The one assertion of the fuzz targets: a claim, and what was seen in its place.
 *
 * @module
 */

/** @throws {Error} If the claim does not hold. */
export function insist(holds: boolean, claim: string, seen: unknown): void {
  if (holds) return;
  throw new Error(
    `${claim}: ${JSON.stringify(seen, (_, value) => (typeof value === "bigint" ? String(value) : value))}`,
  );
}

/** Bytes of a text of one character each. */
export function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** A text of one character per byte. */
export function fromBytes(bytes: Uint8Array | undefined): string {
  let text = "";
  for (const byte of bytes ?? []) text += String.fromCharCode(byte);
  return text;
}
