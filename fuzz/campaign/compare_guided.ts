/**
 * Measures whether guided search reaches more than blind search in the same time.
 *
 *     deno run fuzz/campaign/compare_guided.ts [SECONDS] [SEED…]
 *
 * Both run on one thread in slices in turn, so that both get the same share of a busy machine. What each has reached is
 * counted as it is in a campaign: pairs of tracepoints with magnitudes, signs and words of arguments, verdicts of rules,
 * endings.
 *
 * @module
 */
import process from "node:process";
import { MODEL } from "../properties/model.ts";
import { BLOCK, Lineage } from "./guide.ts";
import { drawCase, tryItem } from "./try_case.ts";

const SLICE_MS = 500;
/** Points of time at which the two are compared. */
const POINTS = 6;

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

if (import.meta.main) {
  const [seconds = 30, ...seeds] = Deno.args.map(Number);
  for (const seed of seeds.length === 0 ? [1] : seeds) {
    const searches = [blind(seed), guided(seed)];
    compare(seconds, searches, processorMs, () => {
      const [one, other] = searches;
      const told = searches.map(({ name, cases, reached }) => `${name} ${reached.size} in ${cases} cases`);
      const more = (other?.reached.size ?? 0) / Math.max(1, one?.reached.size ?? 1);
      // deno-lint-ignore no-console
      console.log(
        `seed ${seed}, ${Math.round((one?.spentMs ?? 0) / 1000)} s each: ${told.join(", ")} (${
          more.toFixed(2)
        })`,
      );
    });
  }
}
