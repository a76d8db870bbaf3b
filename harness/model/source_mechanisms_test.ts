/**
 * Each mechanism of the source is seen to matter: without it, a figure that recordings show comes out otherwise.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  BASE,
  type Change,
  change,
  countOf,
  type Figure,
  FIGURES,
  type Mechanism,
  seenToMatter,
} from "./testdata/seen_to_matter.ts";

const { totalMs, downtimeMs, bytes, normalPages, iterations, slowdown, completed } = FIGURES;
const { parameters, workload, guest } = change;
const UNLIMITED = parameters({ "max-bandwidth": 0 });
const capable = (...names: string[]): Change => ({
  capabilities: Object.fromEntries(names.map((name) => [name, true])),
});
/** Dirties more than the limit carries, so that only what a row adds makes it converge. */
const FAST = workload({ rate_pages_per_second: 20_000 });
const SOON = { time_limit_ms: 15_000 };
const THROTTLED = { ...FAST, ...capable("auto-converge") };
const STEEP = { "max-bandwidth": 25_165_824, "cpu-throttle-initial": 30, "cpu-throttle-increment": 20 };
const FASTER = { ...workload({ rate_pages_per_second: 25_000 }), ...capable("auto-converge") };
const LONG = {
  ...THROTTLED,
  ...parameters({ "max-bandwidth": 3_000_000 }),
  time_limit_ms: 30_000,
  guest: { ...BASE.guest, filled: [{ start_page: 0, pages: 16_000 }] },
  workload: [{ ...BASE.workload[0], start_page: 0, pages: 16_000 }],
};
const RING = { ...guest({ accelerator: "kvm", dirty_ring_entries: 2048 }), ...FAST, ...SOON };
/** More than the host has at hand, so that one channel is held up by what the destination's first writes cost. */
const LARGE = guest({ ram_bytes: 2 ** 30, filled: [{ start_page: 0, pages: 60_000 }] });
const TWO_CHANNELS = capable("multifd");

const highest: Figure = ({ source }) =>
  Math.max(
    ...source.filter(({ declaration }) => declaration.name === "cpu_throttle_set").map(({ values }) =>
      Number(values[0])
    ),
  );

const sections: Figure = ({ source }) =>
  source.filter(({ declaration }) => declaration.name === "savevm_section_start").length;
const commands: Figure = ({ source }) =>
  source.filter(({ declaration }) => declaration.name === "savevm_command_send").length;

const MECHANISMS: readonly Mechanism[] = [
  // RAM.
  {
    name: "zero pages are told by their headers (multifd-zpd-none)",
    figure: bytes,
    is: "more",
    on: parameters({ "zero-page-detection": "none" }),
  },
  {
    name: "KVM's log is cleared late, so that writes are absorbed (kvm-bw48-dr8)",
    figure: normalPages,
    is: "less",
    on: guest({ accelerator: "kvm" }),
  },
  {
    name:
      "within huge pages the limit is kept by waiting there: fewer sections do the same (a guest of huge pages)",
    figure: sections,
    is: "less",
    on: guest({ memory_backend: { id: "mem", page_bytes: 2097152 } }),
  },
  {
    name: "zeros that the guest writes are zero pages (writes-zeros)",
    figure: normalPages,
    is: "less",
    on: workload({ content: "zeros" }),
  },
  // Loop and decisions.
  { name: "max-bandwidth limits (bw32-dr10)", figure: totalMs, is: "less", on: UNLIMITED },
  {
    name: "downtime-limit decides the switchover (downtime-limit-30)",
    figure: iterations,
    is: "more",
    on: parameters({ "downtime-limit": 30 }),
  },
  {
    name: "avail-switchover-bandwidth decides it (avail-switchover-bw)",
    figure: totalMs,
    is: "less",
    on: parameters({ "avail-switchover-bandwidth": 2 ** 30 }),
  },
  {
    name: "11.1 syncs until nothing is left while it has no threshold (q111-file-plain)",
    figure: iterations,
    is: "more",
    on: { ...UNLIMITED, profile: "11.1" },
    off: UNLIMITED,
  },
  {
    name: "a parameter that is set midway counts from then on (nonconv-raise-bw)",
    figure: totalMs,
    is: "less",
    on: {
      operator: [{ execute: "migrate-set-parameters", at_ms: 300, arguments: { "max-bandwidth": 2 ** 30 } }],
    },
  },
  {
    name: "a pause before the switchover is downtime (pause-before-switchover)",
    figure: downtimeMs,
    is: "more",
    on: {
      ...capable("pause-before-switchover"),
      operator: [{ execute: "migrate-continue", from: "pre-switchover", at_ms: 200 }],
    },
  },
  {
    name: "the end of a return path is waited for (tcp-return-path)",
    figure: downtimeMs,
    is: "more",
    on: capable("return-path"),
  },
  {
    name: "an ack for the switchover comes (switchover-ack)",
    figure: countOf("source_return_path_thread_switchover_acked"),
    is: "more",
    on: capable("return-path", "switchover-ack"),
    off: capable("return-path"),
  },
  {
    name: "a cancel ends it (cancel-active)",
    figure: completed,
    is: "less",
    on: { operator: [{ execute: "migrate_cancel", at_ms: 300 }] },
  },
  {
    name: "a guest that is stopped midway dirties nothing more (stopped-midway)",
    figure: normalPages,
    is: "less",
    on: { operator: [{ execute: "stop", at_ms: 300 }] },
  },
  {
    name: "a guest that was stopped before dirties nothing (stopped-vm)",
    figure: normalPages,
    is: "less",
    on: guest({ running: false }),
  },
  {
    name: "a second migration begins anew (two-in-a-row)",
    figure: countOf("savevm_state_setup"),
    is: "more",
    on: { operator: [{ execute: "migrate_cancel", at_ms: 300 }, { execute: "migrate", at_ms: 600 }] },
  },
  // Throttling.
  {
    name: "auto-converge slows the guest down (autoconverge-default)",
    figure: slowdown,
    is: "more",
    on: { ...THROTTLED, ...SOON },
    off: { ...FAST, ...SOON },
  },
  {
    name: "a larger increment is done sooner (autoconverge-aggressive)",
    figure: totalMs,
    is: "less",
    on: { ...THROTTLED, ...parameters({ "cpu-throttle-increment": 40 }) },
    off: THROTTLED,
  },
  {
    name: "the tail is slow with cpu-throttle-tailslow (autoconverge-tailslow)",
    figure: highest,
    is: "less",
    on: { ...FASTER, ...parameters({ ...STEEP, "cpu-throttle-tailslow": true }) },
    off: { ...FASTER, ...parameters(STEEP) },
  },
  {
    name: "max-cpu-throttle is the end of it (autoconverge-maxed)",
    figure: completed,
    is: "less",
    on: { ...THROTTLED, ...SOON, ...parameters({ "max-cpu-throttle": 21 }) },
    off: THROTTLED,
  },
  {
    name: "long passes are synced every five seconds (autoconverge-long-iter)",
    figure: countOf("migration_bitmap_sync_start"),
    is: "more",
    on: LONG,
    off: { ...LONG, profile: "8.2-dev" },
  },
  {
    name: "dirty-limit holds the vCPU up at its ring (dirty-limit)",
    figure: completed,
    is: "more",
    on: {
      ...RING,
      ...capable("dirty-limit"),
      ...parameters({ "vcpu-dirty-limit": 10, "x-vcpu-dirty-limit-period": 500 }),
    },
    off: RING,
  },
  // What the bytes are made of.
  {
    name: "XBZRLE sends what has changed of a page (xbzrle-big)",
    figure: bytes,
    is: "less",
    on: capable("xbzrle"),
  },
  {
    name: "a cache that is too small misses (xbzrle-small)",
    figure: bytes,
    is: "more",
    on: { ...capable("xbzrle"), ...parameters({ "xbzrle-cache-size": 4_194_304 }) },
    off: capable("xbzrle"),
  },
  {
    name: "channels send side by side (multifd-unlimited)",
    figure: totalMs,
    is: "less",
    on: { ...TWO_CHANNELS, ...UNLIMITED, ...LARGE },
    off: { ...UNLIMITED, ...LARGE },
  },
  {
    name: "each busy channel goes beyond the limit by a packet (multifd-8ch-slow)",
    figure: totalMs,
    is: "less",
    on: { ...TWO_CHANNELS, ...parameters({ "multifd-channels": 8 }) },
    off: TWO_CHANNELS,
  },
  {
    name: "compression makes less of it (multifd-zstd)",
    figure: bytes,
    is: "less",
    on: { ...TWO_CHANNELS, ...parameters({ "multifd-compression": "zstd" }) },
    off: TWO_CHANNELS,
  },
  {
    name: "mapped-ram has no header for each page (file-mapped-ram)",
    figure: bytes,
    is: "less",
    on: { transport: "file", incoming_after_ms: 700, workload: [], ...capable("mapped-ram") },
    off: { transport: "file", incoming_after_ms: 700, workload: [] },
  },
  // Downtime.
  {
    name: "machine types to 9.2 do not tell of the switchover",
    figure: commands,
    is: "less",
    on: guest({ machine: "pc-i440fx-9.2" }),
  },
  {
    name: "devices are saved while the guest stands still (virtio-many)",
    figure: downtimeMs,
    is: "more",
    on: guest({ added_devices: ["virtio-net", "virtio-blk", "e1000"] }),
  },
  {
    name: "tracing each page and field takes its time (full-precopy)",
    figure: downtimeMs,
    is: "more",
    on: { traces_every_event: true },
  },
];

Deno.test("each mechanism of the source is seen to matter", async (t) => {
  for (const mechanism of MECHANISMS) {
    await t.step(mechanism.name, () => assertEquals(seenToMatter(mechanism), null));
  }
});

Deno.test("what is not there is not seen to matter", () => {
  assertEquals(seenToMatter({ name: "", figure: bytes, is: "more", on: BASE }) === null, false);
});
