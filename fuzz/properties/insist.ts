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
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** A text of one character per byte. */
export function fromBytes(bytes: Uint8Array | undefined): string {
  let text = "";
  // A call takes no more than some ten thousand arguments.
  for (let at = 0; at < (bytes?.length ?? 0); at += 4096) {
    text += String.fromCharCode(...(bytes as Uint8Array).subarray(at, at + 4096));
  }
  return text;
}
