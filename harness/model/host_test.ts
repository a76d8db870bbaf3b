/**
 * The host's lateness: within its quantiles, the same for the same seed.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ROW_ANSWER, WAKE_LATE } from "./calibration.ts";
import { clockPhase, Host, quantile } from "./host.ts";

Deno.test("quantile runs through its points and along straight lines between them", () => {
  const table: [number, number][] = [[0, 10], [0.5, 20], [1, 100]];
  assertEquals([0, 0.25, 0.5, 0.75, 1].map((share) => quantile(table, share)), [10, 15, 20, 60, 100]);
});

Deno.test("Host wakes threads as late as the recordings show, and again so with the same seed", () => {
  const draw = (seed: number) => {
    const host = new Host(seed);
    return Array.from({ length: 20_000 }, () => host.wakeLate());
  };
  const drawn = draw(7);
  assertEquals(drawn, draw(7));
  assert(drawn.some((micros, index) => micros !== draw(8)[index]));
  const sorted = drawn.toSorted((a, b) => a - b);
  assert(Math.abs((sorted[10_000] ?? 0) - 47) <= 2, "the median");
  const mean = drawn.reduce((sum, micros) => sum + micros, 0) / drawn.length;
  assert(mean > 90 && mean < 150, `the mean is ${mean}; measured were 114`);
  assert((sorted[0] ?? 0) >= (WAKE_LATE[0]?.[1] ?? 0));
});

Deno.test("Host has vCPUs answer a row of syncs as late as the recordings show, each time anew", () => {
  const host = new Host(7);
  const drawn = Array.from({ length: 20_000 }, () => host.answersLate("tcg")).sort((a, b) => a - b);
  const [least, most] = [ROW_ANSWER[0]?.[1], ROW_ANSWER.at(-1)?.[1]];
  assert((drawn[0] ?? -1) >= (least ?? 0) && (drawn.at(-1) ?? Infinity) <= (most ?? 0));
  assert(Math.abs((drawn[10_000] ?? 0) - 29) <= 2, "the median");
  assertEquals(host.answersLate("kvm"), 0, "KVM does not ask them");
});

Deno.test("clockPhase spreads the seeds of a case evenly over a millisecond, and the first stands at its tick", () => {
  assertEquals(clockPhase(0), 0);
  const phases = Array.from({ length: 11 }, (_, seed) => clockPhase(seed)).sort((a, b) => a - b);
  const gaps = phases.map((phase, index) => (phases[index + 1] ?? 1000) - phase);
  assert(Math.max(...gaps) < 150, `${gaps}`);
  assert(phases.every((phase) => phase >= 0 && phase < 1000));
});
