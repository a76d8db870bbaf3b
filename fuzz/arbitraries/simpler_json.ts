/**
 * Values that are one step simpler than a value of JSON: the steps by which a finding is shrunk.
 *
 * Removals come first, the largest first, then simpler numbers; every step makes the value smaller in one order, so
 * shrinking ends.
 *
 * @module
 */

/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

type Path = readonly (string | number)[];

/** Every value that is one step simpler; many of them make no sense, which is for the caller to find out. */
export function* simplerJson(value: Json): Generator<Json> {
  const places = [...placesOf(value, [])];
  for (const { path } of places.filter(({ path }) => path.length > 0).sort((a, b) => b.size - a.size)) {
    yield replaced(value, path, undefined);
  }
  for (const { path, part } of places) {
    for (const simpler of simplerLeaf(part)) yield replaced(value, path, simpler);
  }
}

/** Only the removals: a value is shrunk to a fixpoint when none of these keeps the failure. */
export function* removals(value: Json): Generator<Json> {
  for (const { path } of placesOf(value, [])) if (path.length > 0) yield replaced(value, path, undefined);
}

function* placesOf(value: Json, path: Path): Generator<{ path: Path; part: Json; size: number }> {
  yield { path, part: value, size: JSON.stringify(value).length };
  if (typeof value !== "object" || value === null) return;
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  for (const [step, part] of entries as Iterable<[string | number, Json]>) {
    yield* placesOf(part, [...path, step]);
  }
}

/** The value with the part at a path put in the place of what is there; removed when `undefined`. */
function replaced(value: Json, [step, ...rest]: Path, part: Json | undefined): Json {
  if (step === undefined) return part ?? null;
  if (Array.isArray(value)) {
    const at = Number(step);
    if (rest.length === 0 && part === undefined) return value.filter((_, index) => index !== at);
    return value.map((one: Json, index) => index === at ? replaced(one, rest, part) : one);
  }
  const copy: Record<string, Json> = { ...value as Record<string, Json> };
  const key = String(step);
  if (rest.length === 0 && part === undefined) delete copy[key];
  else copy[key] = replaced(copy[key] ?? null, rest, part);
  return copy;
}

/** A number that is not above this goes down by one; a larger one becomes round, since its last digits tell nothing. */
const SMALL = 10;

/** Numbers nearer to zero, and of fewer digits when whole. */
function* simplerLeaf(part: Json): Generator<Json> {
  if (part === true) yield false;
  if (typeof part !== "number" || part === 0) return;
  const size = Math.abs(part);
  const candidates = Number.isInteger(part)
    ? [0, 1, 2 ** Math.floor(Math.log2(size)), Math.floor(part / 2), roundedDown(part)]
    : [Math.trunc(part)];
  if (Number.isInteger(part) && size <= SMALL) candidates.push(part - Math.sign(part));
  for (const candidate of new Set(candidates)) if (Math.abs(candidate) < size) yield candidate;
}

/** 1234 becomes 1200 or 1000: the last digits that are not zero go first. */
function roundedDown(value: number): number {
  let unit = 10;
  while (value % unit === 0) unit *= 10;
  return Math.floor(value / unit) * unit;
}
