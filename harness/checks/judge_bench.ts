/**
 * How fast the judge is: the same log read without it and with it, so that the ratio holds on any machine.
 *
 * Run with `deno bench --allow-read harness/checks/judge_bench.ts`; the log's size is in each bench's name.
 * With fused checks (`fuse.ts`) reading and judging the loop's events takes two thirds of the processor time that it
 * took with each called in a loop: 5.0 against 3.2 million a second in the log of 10.0, 4.5 against 3.0 in that of 11.1
 * (one core, the best of eleven rounds of each in turns; medians 4.5 against 3.0, and 4.4 against 2.8).
 *
 * @module
 */
import { gunzipSync } from "node:zlib";
import { LogReader } from "../trace/mod.ts";
import { catalogFor } from "./catalog_for.ts";
import { Judge } from "./judge.ts";

const EVENTS = 200_000;
/** The migration thread's loop and nothing else: the events that most rules speak about. */
const LOOP =
  /savevm_state_iterate|savevm_section_|migrate_pending|qemu_savevm_query_pending|migrate_transferred|migration_rate_limit_/;
const CASES = [
  { name: "nonconv-cancel", file: "src", side: "source", version: "10.0", only: / / },
  { name: "postcopy-limited", file: "dst", side: "destination", version: "10.0", only: / / },
  { name: "q111-precopy-bw64-dr31", file: "src", side: "source", version: "11.1", only: / / },
  { name: "precopy-bw64-dr31", file: "src", side: "source", version: "10.0", only: LOOP },
  { name: "q111-precopy-bw64-dr31", file: "src", side: "source", version: "11.1", only: LOOP },
] as const;

for (const { name, file, side, version, only } of CASES) {
  const url = new URL(`../../recordings/${name}/${file}.trace.gz`, import.meta.url);
  const lines = gunzipSync(Deno.readFileSync(url)).toString("latin1").split("\n");
  // From the first section on, again and again: what a long migration looks like.
  const from = lines.findIndex((line) => /savevm_section_start|section_partend/.test(line));
  const to = lines.findIndex((line) => /low_pending|cancelling|packaged|post_main/.test(line));
  const middle = lines.slice(from, to).filter((line) => only.test(line));
  const times = Math.ceil(EVENTS / middle.length);
  const text = [...lines.slice(0, from), ...Array.from({ length: times }, () => middle).flat(), ""].join(
    "\n",
  );
  const bytes = new TextEncoder().encode(text);
  const catalog = catalogFor(version);
  const what = only === LOOP ? "the loop's events" : "events";
  const size = `${Math.round(times * middle.length / 1000)} thousand ${what} of ${name}`;
  const group = `${name} ${what}`;
  Deno.bench({
    name: `read ${size}`,
    group,
    baseline: true,
    fn() {
      const reader = new LogReader(catalog, { event() {} });
      reader.push(bytes);
      reader.end();
    },
  });
  Deno.bench({
    name: `read and judge ${size}`,
    group,
    fn() {
      const judge = new Judge({ version, capabilities: {}, parameters: {} });
      const reader = new LogReader(catalog, judge.side(side, catalog));
      reader.push(bytes);
      reader.end();
      judge.finish();
    },
  });
}

const catalog = catalogFor("10.0");
Deno.bench({
  name: "make a judge of both sides",
  fn() {
    const judge = new Judge({ version: "10.0", capabilities: {}, parameters: {} });
    judge.side("source", catalog);
    judge.side("destination", catalog);
  },
});
