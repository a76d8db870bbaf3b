/**
 * Measures whether guided search reaches more than blind search in the same time.
 *
 *     deno task bench:guided [SECONDS] [SEED…]
 *
 * Both run on one thread in slices in turn, so that both get the same share of a busy machine. What each has reached is
 * counted as it is in a campaign: pairs of tracepoints with magnitudes, signs and words of arguments, verdicts of rules,
 * endings. At the end it prints a table: for each point of time the median over the seeds, and the range.
 *
 * @module
 */
import process from "node:process";
import { MODEL } from "../properties/model.ts";
import { BLOCK, Lineage } from "./guide.ts";
import { drawCase, tryItem } from "./try_case.ts";

const SLICE_MS = 500;
/** Points of time at which the two are compared. */
const POINTS = 4;

/** A search that goes on when it is asked to. */
interface Search {
  readonly name: string;
  /** Tries one case; what it reached. */
  readonly step: () => Iterable<string>;
  readonly reached: Set<string>;
  cases: number;
  spentMs: number;
}

function blind(seed: number): Search {
  let index = 0;
  const step = () => tryItem(MODEL, drawCase(MODEL, seed, index++)).reached;
  return { name: "blind", step, reached: new Set(), cases: 0, spentMs: 0 };
}

function guided(seed: number): Search {
  let block = 0;
  let lineage = new Lineage(MODEL, seed, block);
  const step = () => {
    if (lineage.next === (block + 1) * BLOCK) lineage = new Lineage(MODEL, seed, ++block);
    return lineage.step().reached;
  };
  return { name: "guided", step, reached: new Set(), cases: 0, spentMs: 0 };
}

/** Runs both in turn; calls `tell` at each point of time. */
function compare(seconds: number, searches: readonly Search[], clock: () => number, tell: () => void): void {
  for (let point = 1; point <= POINTS; point++) {
    const until = seconds * 1000 * point / POINTS;
    while (searches.some(({ spentMs }) => spentMs < until)) {
      for (const search of searches) {
        const start = clock();
        while (search.spentMs < until && clock() - start < SLICE_MS) {
          const before = clock();
          for (const name of search.step()) search.reached.add(name);
          search.cases++;
          search.spentMs += clock() - before;
        }
      }
    }
    tell();
  }
}

/** Milliseconds of processor time of this process: on a busy machine the clock measures the others, too. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What the two had reached at one point of time, with one seed. */
interface Reached {
  readonly blind: number;
  readonly guided: number;
}

/** The middle of some numbers and how far they lie apart. */
function spreadOf(values: readonly number[], digits = 0): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = NaN, middle = NaN, high = NaN] = [0, Math.floor(sorted.length / 2), sorted.length - 1].map((
    at,
  ) => sorted[at]);
  return `${middle.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

/** One row for each point of time, over all seeds: the median and the range. */
export function tableOf(seconds: number, points: readonly (readonly Reached[])[]): string {
  const rows = points.map((reached, index) => [
    `${Math.round(seconds * (index + 1) / points.length)}`,
    spreadOf(reached.map(({ blind }) => blind)),
    spreadOf(reached.map(({ guided }) => guided)),
    spreadOf(reached.map(({ blind, guided }) => guided / Math.max(1, blind)), 3),
  ]);
  const head = ["seconds each", "blind", "guided", "guided to blind"];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

if (import.meta.main) {
  const [seconds = 30, ...given] = Deno.args.map(Number);
  const seeds = given.length === 0 ? [1] : given;
  const points: Reached[][] = Array.from({ length: POINTS }, () => []);
  for (const seed of seeds) {
    const searches = [blind(seed), guided(seed)];
    let point = 0;
    compare(seconds, searches, processorMs, () => {
      const [one = 0, other = 0] = searches.map(({ reached }) => reached.size);
      points[point++]?.push({ blind: one, guided: other });
      const told = searches.map(({ name, cases, reached }) => `${name} ${reached.size} in ${cases} cases`);
      const each = Math.round((searches[0]?.spentMs ?? 0) / 1000);
      const ratio = (other / Math.max(1, one)).toFixed(2);
      // deno-lint-ignore no-console
      console.error(`seed ${seed}, ${each} s each: ${told.join(", ")} (${ratio})`);
    });
  }
  // deno-lint-ignore no-console
  console.log(tableOf(seconds, points));
}
