/**
 * The scenario: what to run. One schema gives the validation, the TypeScript type and the published JSON Schema.
 *
 * Units stand in the key names. Capabilities and parameters carry QEMU's own names. Every key but `why` has a
 * default, and unknown keys are errors. After a change, `deno task schema` makes `scenarios/schema.json` anew.
 *
 * @module
 */
import * as v from "valibot";
import { memoryBackend } from "./memory_backend.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** A rate may be fractional: a guest that writes 7687.8 pages a second was measured so. */
const rate = v.pipe(v.number(), v.finite(), v.minValue(0));
/** 40 GB a second, which is more than the memory of a host takes; each write costs time to simulate. */
const writeRate = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(10_000_000));
const described = <S extends v.GenericSchema>(schema: S, text: string) => v.pipe(schema, v.description(text));

/** The profiles: QEMU versions whose behaviour the model follows. */
export const PROFILE_NAMES = ["8.2-dev", "10.0", "11.0-dev", "11.1"] as const;
/** The name of a profile. */
export type ProfileName = typeof PROFILE_NAMES[number];

/** Virtual time without an end is a defect of a scenario, so a run stops here and says so. */
export const TIME_LIMIT_MS = 600_000;
/** Four hours of virtual time are some hundred thousand cycles; a log of more than that nobody reads. */
export const TIME_LIMIT_MS_MAX = 14_400_000;
/** Guest memory of a scenario, all RAMBlocks together: 4 TiB, whose bitmaps take some hundred megabytes. */
export const RAM_PAGES_MAX = 1 << 30;
/** Samples of a run. */
export const SAMPLES_MAX = 250_000;

const pageRange = {
  start_page: described(v.optional(count, 0), "First page, counted from the start of pc.ram."),
  pages: described(positive, "How many pages."),
};

const filledRange = v.strictObject({
  ...pageRange,
  random: described(
    v.optional(v.boolean(), false),
    "Whether the pages hold random bytes, which no compression makes smaller; else they are mostly zeros.",
  ),
});

const writing = {
  task: described(
    v.optional(count, 0),
    "The task of the guest that runs this phase: phases of one task follow each other, tasks run side by side.",
  ),
  duration_ms: described(
    v.optional(v.nullable(positive), null),
    "How long the phase lasts; null: to the end. After its last phase a task starts over with the first one.",
  ),
};

const content = described(
  v.optional(v.picklist(["data", "zeros", "alternating"]), "data"),
  "What is written: data, zeros, or data and zeros in turn, sweep by sweep.",
);
const words = described(
  v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(1024)), 1),
  "Words of 4 bytes that a write changes in its page, always the same ones, 64 bytes apart as far as they fit: what XBZRLE has to encode. 0: it writes what stands there already; 1024: the whole page.",
);
const draws = described(
  v.optional(
    v.nullable(v.strictObject({
      seed: described(
        v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(0xffffffff)),
        "Its first state.",
      ),
      filled: described(
        v.optional(count, 0),
        "Pages at the start of the range that were given one draw each.",
      ),
      written: described(
        v.optional(v.pipe(count, v.maxValue(100_000_000)), 0),
        "Writes that were made between that and the start of the run; a sweep stands at this many, modulo its pages.",
      ),
      counters_page: described(
        v.optional(v.nullable(count), null),
        "A page where each write leaves the count of writes, the count of sweeps and the state; null: none.",
      ),
    })),
    null,
  ),
  "The guest's generator of pseudo-random words, xorshift32 with shifts of 13, 17 and 5: a draw for each word that is written, after one that picks the page where that is left to chance. It tells exactly what XBZRLE has to encode. null: all bytes of a word change.",
);
const burst = {
  burst_pages: described(v.optional(v.nullable(positive), null), "Writes of one burst; null: no bursts."),
  rest_ms: described(v.optional(count, 0), "Rest after each burst."),
};

const phase = v.variant("kind", [
  v.strictObject({ kind: v.literal("idle"), ...writing }),
  v.strictObject({
    kind: v.literal("sweep"),
    ...writing,
    ...pageRange,
    rate_pages_per_second: described(
      writeRate,
      "Page writes a second, each to the next page of the range in turn.",
    ),
    offset_pages: described(
      v.optional(count, 0),
      "Pages of the range that were written before the migration started: where the sweep stands.",
    ),
    content,
    words,
    draws,
    ...burst,
  }),
  v.strictObject({
    kind: v.literal("vector"),
    ...writing,
    start_page: pageRange.start_page,
    intervals_ms: described(
      v.pipe(v.array(v.pipe(v.number(), v.finite(), v.minValue(0))), v.minLength(1)),
      "Lengths of the intervals that were measured, rising.",
    ),
    dirty_pages: described(
      v.pipe(v.array(count), v.minLength(1)),
      "Distinct pages that were dirtied in an interval of each length; straight lines in between, the last one after.",
    ),
  }),
  v.strictObject({
    kind: v.literal("random"),
    ...writing,
    ...pageRange,
    rate_pages_per_second: described(
      writeRate,
      "Page writes a second, each to a page of the range drawn by chance.",
    ),
    hot_pages: described(
      v.optional(v.nullable(positive), null),
      "Size of the hot set at the start of the range; null: none.",
    ),
    hot_percent: described(
      v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100)), 0),
      "Share of the writes that goes to the hot set.",
    ),
    content,
    words,
    draws,
    ...burst,
  }),
]);

const ramBlock = v.strictObject({
  name: described(v.pipe(v.string(), v.minLength(1), v.maxLength(255)), "The block's idstr, such as pc.ram."),
  pages: described(positive, "Used length in pages."),
  max_pages: described(
    v.optional(v.nullable(positive), null),
    "Maximum length, which decides the order; null: as used.",
  ),
  filled: described(
    v.optional(v.array(filledRange), []),
    "Ranges of pages that are not zero when the migration starts.",
  ),
});

const device = v.strictObject({
  name: described(v.pipe(v.string(), v.minLength(1)), "The section's idstr."),
  instance: described(v.optional(count, 0), "The instance id."),
  vmsd: described(
    v.optional(v.nullable(v.string()), null),
    "Name of the state description; null: the idstr's last part.",
  ),
  bytes: described(v.optional(count, 0), "Bytes of its state."),
  save_us: described(v.optional(count, 8), "Time to save it."),
  load_us: described(v.optional(count, 10), "Time to load it."),
  needed: described(v.optional(v.boolean(), true), "false: the section is skipped."),
});

const guest = v.strictObject({
  accelerator: v.optional(v.picklist(["tcg", "kvm"]), "tcg"),
  machine: described(
    v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(255)), "pc-i440fx-10.0"),
    "The machine type's full name; its length is part of the stream.",
  ),
  ram_bytes: described(
    v.optional(v.pipe(v.number(), v.safeInteger(), v.multipleOf(4096), v.minValue(4096)), 134217728),
    "Size of pc.ram.",
  ),
  dirty_ring_entries: described(
    v.optional(v.nullable(positive), null),
    "Entries of each vCPU's dirty ring (KVM); null: the dirty log.",
  ),
  vcpus: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(4096)), 1),
  filled: described(
    v.optional(v.array(filledRange), []),
    "Ranges of pc.ram that are not zero when the migration starts, besides what the firmware leaves.",
  ),
  touched: described(
    v.optional(v.array(v.strictObject(pageRange)), []),
    "Ranges of pc.ram that have memory of their own though they may be zero, which makes them slower to look at.",
  ),
  memory_backend: described(
    v.optional(v.nullable(memoryBackend), null),
    "An object that the guest's RAM is made of (`-machine memory-backend=ID`); null: RAM of the machine's own, pc.ram.",
  ),
  ram_blocks: described(
    v.optional(v.nullable(v.array(ramBlock)), null),
    "All RAMBlocks in place of pc.ram and the machine's ROMs; null: those of the machine.",
  ),
  devices: described(
    v.optional(v.nullable(v.array(device)), null),
    "All device sections in place of the machine's; null: those of the machine.",
  ),
  added_devices: described(
    v.optional(
      v.array(v.picklist([
        "virtio-blk",
        "virtio-net",
        "virtio-console",
        "virtio-rng",
        "virtio-balloon",
        "virtio-scsi",
        "virtio-input",
        "virtio-gpu",
        "vga",
        "e1000",
        "e1000e",
        "rtl8139",
        "xhci",
      ])),
      [],
    ),
    "PCI devices besides the machine's, in the order of their slots.",
  ),
  running: described(v.optional(v.boolean(), true), "Whether the guest runs when the migration starts."),
});

const bytesPerSecond = v.nullable(rate);
const at = { at_ms: described(count, "When the change begins.") };
const linkStep = v.variant("kind", [
  v.strictObject({
    kind: v.optional(v.literal("constant"), "constant"),
    ...at,
    rate_bytes_per_second: described(bytesPerSecond, "The rate from then on; 0: an outage; null: no limit."),
  }),
  v.strictObject({
    kind: v.literal("ramp"),
    ...at,
    duration_ms: described(positive, "How long the change takes."),
    rate_bytes_per_second: described(rate, "The rate at its end."),
  }),
  v.strictObject({
    kind: v.literal("sawtooth"),
    ...at,
    low_bytes_per_second: described(rate, "The rate at the start of each period."),
    high_bytes_per_second: described(rate, "The rate at the end of each period."),
    period_ms: described(positive, "How long a rise takes; the fall takes no time."),
  }),
  v.strictObject({
    kind: v.literal("random-walk"),
    ...at,
    low_bytes_per_second: described(rate, "The rate never falls below this."),
    high_bytes_per_second: described(rate, "The rate never rises above this."),
    step_bytes_per_second: described(rate, "The most by which it changes at once."),
    interval_ms: described(positive, "Time between two changes."),
  }),
]);

const link = v.strictObject({
  rate_bytes_per_second: described(
    v.optional(v.nullable(rate), null),
    "What the wire carries; null: as fast as the hosts can copy.",
  ),
  latency_us: described(v.optional(count, 0), "One-way delay."),
  relay: described(
    v.optional(v.boolean(), false),
    "Whether a relay on the way takes the bytes into a buffer of its own and paces them.",
  ),
  compressor: described(
    v.optional(v.nullable(v.picklist(["gzip"])), null),
    "A command of an exec transport that compresses what is stored (gzip -1): random bytes hold it up for longest.",
  ),
  jitter_us: described(v.optional(count, 0), "The most by which chance delays a write call's bytes besides."),
  steps: described(
    v.optional(v.array(linkStep), []),
    "Changes of the rate, in the order of their time; each holds until the next.",
  ),
});

const parameterValue = v.union([v.number(), v.boolean(), v.string()]);
/** Milliseconds after a moment: the start of the migration, or the moment the source first enters a status. */
const moment = {
  at_ms: described(count, "Milliseconds after the start, or after `from`."),
  from: described(
    v.optional(
      v.nullable(
        v.picklist(["setup", "active", "pre-switchover", "device", "completed", "failed", "cancelled"]),
      ),
      null,
    ),
    "The status of the source whose first entry starts the count; null: the migrate command.",
  ),
};

const action = v.strictObject({
  ...moment,
  execute: described(
    v.picklist([
      "migrate",
      "migrate_cancel",
      "migrate-set-parameters",
      "migrate-continue",
      "stop",
      "cont",
      "yank",
      "quit",
    ]),
    "The QMP command.",
  ),
  arguments: described(v.optional(v.record(v.string(), parameterValue), {}), "Its arguments."),
});

const fault = v.strictObject({
  ...moment,
  kind: described(
    v.picklist([
      "destination-dies",
      "destination-refuses",
      "source-dies",
      "network-cut",
      "no-listener",
      "not-accepted",
    ]),
    "destination-refuses: the load fails at `section`. not-accepted: the connection attempt hangs, then is refused.",
  ),
  section: described(
    v.optional(v.string(), "configuration"),
    "What the destination does not take: configuration, ram, or the idstr of a device.",
  ),
});

/** The schema of a scenario file. */
export const SCENARIO_SCHEMA = v.strictObject({
  $schema: v.optional(v.string()),
  why: described(v.pipe(v.string(), v.minLength(1)), "Why the scenario exists, in one sentence."),
  profile: described(
    v.optional(v.picklist(PROFILE_NAMES), "10.0"),
    "The QEMU version whose behaviour is modelled.",
  ),
  seed: described(v.optional(count, 0), "Seed of all chance in the run."),
  guest: v.optional(guest, {}),
  workload: described(v.optional(v.array(phase), []), "What the guest's tasks write, phase after phase."),
  link: v.optional(link, {}),
  transport: described(
    v.optional(v.picklist(["unix", "tcp", "fd", "fd-pipe", "exec", "file"]), "unix"),
    "How the two processes are connected; fd is a socket pair, fd-pipe a pipe.",
  ),
  incoming_after_ms: described(
    v.optional(v.nullable(count), null),
    "The stream is stored, and the destination loads it so long after the source has completed; null: it loads while the source sends.",
  ),
  capabilities: described(
    v.optional(v.record(v.string(), v.boolean()), {}),
    "Capabilities of both sides, QEMU's names.",
  ),
  parameters: described(
    v.optional(v.record(v.string(), parameterValue), {}),
    "Parameters of the source, QEMU's names.",
  ),
  operator: described(v.optional(v.array(action), []), "What the operator does."),
  faults: described(v.optional(v.array(fault), []), "What breaks."),
  exit_on_error: described(
    v.optional(v.boolean(), true),
    "Whether the destination's process ends when its load fails (exit-on-error of migrate-incoming).",
  ),
  traces_every_event: described(
    v.optional(v.boolean(), false),
    "Whether both sides trace all their events, those of each page and each field of device state too: it takes time.",
  ),
  sampling_interval_ms: described(
    v.optional(positive, 60),
    "Time between two query-migrate samples of the source.",
  ),
  time_limit_ms: described(
    v.optional(
      v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(TIME_LIMIT_MS_MAX)),
      TIME_LIMIT_MS,
    ),
    "Virtual time after which the run is given up.",
  ),
});

/** A value that nobody may change, down to its last part. */
type Frozen<T> = T extends readonly (infer Item)[] ? readonly Frozen<Item>[]
  : T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> }
  : T;

/** A scenario with every default filled in. */
export type Scenario = Frozen<v.InferOutput<typeof SCENARIO_SCHEMA>>;
/** A scenario as written: what is left out has its default. */
export type ScenarioInput = Frozen<v.InferInput<typeof SCENARIO_SCHEMA>>;
/** One phase of a workload. */
export type Phase = Scenario["workload"][number];
