/**
 * Each mechanism of the guest, the host and the way between is seen to matter, as in source_mechanisms_test.ts.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type Change, change, FIGURES, type Mechanism, seenToMatter } from "./testdata/seen_to_matter.ts";

const { totalMs, downtimeMs, normalPages } = FIGURES;
const { parameters, workload } = change;
const UNLIMITED = parameters({ "max-bandwidth": 0 });
const QUIET = { workload: [] };
const RETURN_PATH = { capabilities: { "return-path": true } };
const STORED = { transport: "exec", incoming_after_ms: 700, ...UNLIMITED, ...QUIET } as const;
const filled = (pages: number, random = false): Change => ({
  guest: { ram_bytes: 268_435_456, filled: [{ start_page: 1024, pages, random }] },
});
const SLOW = 10_000_000;
const link = (rest: Change["link"]): Change => ({ ...QUIET, link: { rate_bytes_per_second: SLOW, ...rest } });
const WIRE = link({});

const MECHANISMS: readonly Mechanism[] = [
  // The guest.
  {
    name: "a hot set is written again and again (uniform and Zipf-like)",
    figure: normalPages,
    is: "less",
    on: workload({ kind: "random", hot_pages: 200, hot_percent: 95 }),
    off: workload({ kind: "random" }),
  },
  {
    name: "chance hits pages twice where a sweep does not (bw100-random27)",
    figure: normalPages,
    is: "less",
    on: workload({ kind: "random" }),
  },
  {
    name: "a burst rests (precopy-bursty)",
    figure: normalPages,
    is: "less",
    on: workload({ burst_pages: 500, rest_ms: 900 }),
  },
  {
    name: "phases follow each other",
    figure: normalPages,
    is: "less",
    on: {
      workload: [{ kind: "idle", duration_ms: 100 }, {
        kind: "sweep",
        start_page: 1024,
        pages: 8000,
        rate_pages_per_second: 5000,
        duration_ms: 100,
      }],
    },
  },
  {
    name: "a recorded vector dirties what was measured (calc-dirty-rate)",
    figure: normalPages,
    is: "less",
    on: { workload: [{ kind: "vector", start_page: 1024, intervals_ms: [0, 1000], dirty_pages: [0, 800] }] },
  },
  {
    name: "two vCPUs write more than one (smp2-q35)",
    figure: normalPages,
    is: "more",
    on: {
      workload: [0, 1].map((task) => ({
        kind: "sweep" as const,
        task,
        start_page: 1024 + 4000 * task,
        pages: 4000,
        rate_pages_per_second: 3000,
      })),
    },
  },
  // The host.
  {
    name: "memory at hand loads at once (avail-switchover-bw)",
    figure: ({ outcome }) => outcome.totalTimeMs / outcome.normalPages,
    is: "less",
    on: { ...UNLIMITED, ...QUIET, ...filled(15_000) },
    off: { ...UNLIMITED, ...QUIET, ...filled(50_000) },
  },
  {
    name: "a pipe holds the last of RAM up (fd-pipe)",
    figure: downtimeMs,
    is: "more",
    on: { transport: "fd-pipe" },
    off: { transport: "fd" },
  },
  {
    name: "two commands do so more (exec-fifo)",
    figure: downtimeMs,
    is: "more",
    on: { transport: "exec" },
    off: { transport: "fd-pipe" },
  },
  {
    name: "gzip holds the source up (exec-gzip)",
    figure: totalMs,
    is: "more",
    on: { ...STORED, link: { compressor: "gzip" } },
    off: STORED,
  },
  {
    name: "random bytes hold gzip up for longest (exec-gzip)",
    figure: totalMs,
    is: "more",
    on: { ...STORED, ...filled(10_000, true), link: { compressor: "gzip" } },
    off: { ...STORED, ...filled(10_000), link: { compressor: "gzip" } },
  },
  {
    name: "TLS takes its time for each byte (tls-psk)",
    figure: totalMs,
    is: "more",
    on: { ...parameters({ "max-bandwidth": 0, "tls-creds": "tls0" }) },
    off: UNLIMITED,
  },
  // The link.
  {
    name: "a wire below max-bandwidth holds the source up (slow-wire)",
    figure: totalMs,
    is: "more",
    on: WIRE,
    off: QUIET,
  },
  {
    name: "a relay lets the source run ahead of the wire (slow-wire)",
    figure: totalMs,
    is: "less",
    on: link({ relay: true }),
    off: WIRE,
  },
  {
    name: "latency delays the last word",
    figure: downtimeMs,
    is: "more",
    on: { ...RETURN_PATH, link: { latency_us: 20_000 } },
    off: RETURN_PATH,
  },
  {
    name: "jitter delays it by chance",
    figure: downtimeMs,
    is: "more",
    on: { ...RETURN_PATH, link: { jitter_us: 20_000 } },
    off: RETURN_PATH,
  },
  {
    name: "an outage is waited out",
    figure: totalMs,
    is: "more",
    on: link({
      steps: [{ kind: "constant", at_ms: 200, rate_bytes_per_second: 0 }, {
        kind: "constant",
        at_ms: 1500,
        rate_bytes_per_second: SLOW,
      }],
    }),
    off: WIRE,
  },
  {
    name: "a step counts from then on",
    figure: totalMs,
    is: "less",
    on: link({ steps: [{ kind: "constant", at_ms: 200, rate_bytes_per_second: 4e7 }] }),
    off: WIRE,
  },
  {
    name: "a ramp rises",
    figure: totalMs,
    is: "less",
    on: link({ steps: [{ kind: "ramp", at_ms: 100, duration_ms: 500, rate_bytes_per_second: 4e7 }] }),
    off: WIRE,
  },
  {
    name: "a sawtooth has its mean",
    figure: totalMs,
    is: "less",
    on: link({
      steps: [{
        kind: "sawtooth",
        at_ms: 0,
        low_bytes_per_second: SLOW,
        high_bytes_per_second: 4e7,
        period_ms: 200,
      }],
    }),
    off: WIRE,
  },
  {
    name: "a random walk leaves where it began",
    figure: totalMs,
    is: "less",
    on: link({
      steps: [{
        kind: "random-walk",
        at_ms: 0,
        low_bytes_per_second: SLOW,
        high_bytes_per_second: 4e7,
        step_bytes_per_second: 2e7,
        interval_ms: 50,
      }],
    }),
    off: WIRE,
  },
];

Deno.test("each mechanism of the guest, the host and the link is seen to matter", async (t) => {
  for (const mechanism of MECHANISMS) {
    await t.step(mechanism.name, () => assertEquals(seenToMatter(mechanism), null));
  }
});
