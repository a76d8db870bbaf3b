/**
 * Sets of case numbers: unions, gaps and shards, against plain sets of numbers.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { countOf, type Range, shardOf, spread, subtract, unite } from "./ranges.ts";

const anyRange = fc.tuple(fc.nat(60), fc.nat(20)).map(([from, length]): Range => ({
  from,
  to: from + length,
}));
const anyRanges = fc.array(anyRange, { maxLength: 8 });

function members(ranges: readonly Range[]): number[] {
  const found = new Set<number>();
  for (const { from, to } of ranges) for (let at = from; at < to; at++) found.add(at);
  return [...found].sort((a, b) => a - b);
}

Deno.test("unite is the union of sets: commutative, associative, idempotent, and apart", () => {
  fc.assert(fc.property(anyRanges, anyRanges, anyRanges, (a, b, c) => {
    assertEquals(members(unite([...a, ...b])), members([...a, ...b]));
    assertEquals(unite([...a, ...b]), unite([...b, ...a]));
    assertEquals(unite([...unite([...a, ...b]), ...c]), unite([...a, ...unite([...b, ...c])]));
    assertEquals(unite([...a, ...a]), unite(a));
    assertEquals(countOf(unite(a)), members(a).length);
  }));
});

Deno.test("subtract leaves what is not done", () => {
  fc.assert(fc.property(anyRange, anyRanges, (all, done) => {
    const gone = new Set(members(done));
    assertEquals(members(subtract(all, unite(done))), members([all]).filter((at) => !gone.has(at)));
  }));
});

Deno.test("shards of any count cover every case once", () => {
  fc.assert(fc.property(fc.nat(1000), fc.integer({ min: 1, max: 40 }), (runs, count) => {
    const shards = Array.from({ length: count }, (_, index) => shardOf(runs, index, count));
    assertEquals(countOf(shards), runs);
    assertEquals(unite(shards), unite([{ from: 0, to: runs }]));
  }));
});

Deno.test("spread gives every case of a campaign to one target, in the measure of their weights", () => {
  assertEquals(spread(12, [{ name: "a", weight: 3 }, { name: "b", weight: 2 }]), { a: 7, b: 5 });
  const anyWeights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 });
  fc.assert(fc.property(fc.nat(10_000_000), anyWeights, (runs, weights) => {
    const shares = Object.values(spread(runs, weights.map((weight, at) => ({ name: `t${at}`, weight }))));
    assertEquals(shares.reduce((sum, share) => sum + share, 0), runs);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    for (const [at, share] of shares.entries()) {
      const exact = runs * (weights[at] ?? 0) / sum;
      assertEquals(Math.abs(share - exact) < 1, true, `${share} for ${exact}`);
    }
  }));
});
