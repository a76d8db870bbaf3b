/**
 * What happens to files on their way: bytes changed, cut out, put in, doubled; the end lost.
 *
 * @module
 */
import fc from "fast-check";
import { joinBytes } from "../../mod.ts";

/** One piece of damage: where, as a fraction of the length, and what. */
export interface Damage {
  readonly kind: "set" | "cut" | "insert" | "repeat" | "end";
  readonly at: number;
  readonly bytes: readonly number[];
}

/** A few pieces of damage; often none. */
export const anyDamage: fc.Arbitrary<readonly Damage[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Damage["kind"]>("set", "cut", "insert", "repeat", "end"),
    at: fc.integer({ min: 0, max: 0xffff }).map((part) => part / 0x10000),
    bytes: fc.array(
      fc.oneof(fc.constantFrom(0, 1, 9, 10, 13, 32, 34, 40, 41, 58, 64, 92, 127, 255), fc.nat(255)),
      {
        minLength: 1,
        maxLength: 9,
      },
    ),
  }),
  { maxLength: 3 },
);

/** The bytes with the damage done, one piece after the other. */
export function damage(bytes: Uint8Array, all: readonly Damage[]): Uint8Array {
  let now = bytes;
  for (const { kind, at, bytes: given } of all) {
    const place = Math.floor(at * (now.length + 1));
    const [before, after] = [now.subarray(0, place), now.subarray(place)];
    if (kind === "set") now = joinBytes([before, Uint8Array.from(given), after.subarray(given.length)]);
    else if (kind === "cut") now = joinBytes([before, after.subarray(given.length)]);
    else if (kind === "insert") now = joinBytes([before, Uint8Array.from(given), after]);
    else if (kind === "repeat") now = joinBytes([before, after.subarray(0, 20 * given.length), after]);
    else now = before;
  }
  return now;
}
