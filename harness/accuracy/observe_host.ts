/**
 * How quick the host was while a recording was made: times of the source's trace that no input tells.
 *
 * @module
 */
import type { Declaration, EventView, TraceVisitor } from "../trace/mod.ts";

const PAGE = 4096;
/** The sync at setup, and the one that ends the first pass. */
const FIRST_PASS_SYNCS = 2;
/** Exits of vCPUs in a row whose rings are full though nothing was reaped: several vCPUs may be full at once. */
const STUCK_FULLS = 100;
/** What a cycle takes that waits for its end. */
const CYCLE_MS: readonly number[] = [100, 101];

/** A RAM section looks at the clock now and then, and ends after this. */
const SECTION_MICROS = 50_000;

/** Times of the last migration of a source. Microseconds. */
export interface HostTimes {
  /** All of its RAM sections together. */
  readonly sectionMicros: number;
  /** Its last RAM section, the guest standing still, from its sync on; null if there was none. */
  readonly lastStageMicros: number | null;
  /** Pages that were dirty when the switchover was decided, and how many of them the pass before had not come to. */
  readonly decidedPages: number;
  readonly unsentPages: number;
  /** The downtime without that section; null unless it ended. */
  readonly otherDowntimeMicros: number | null;
  /** From the state setup to the first step of a throttle; null if there was none. */
  readonly throttledAfterMicros: number | null;
  /** Each of its steps, on the recording's clock. */
  readonly throttleSteps: readonly { readonly atMicros: number; readonly percent: number }[];
  /** Syncs that asked for the exact amount before the first counter update had given a threshold. */
  readonly syncsBeforeThreshold: number;
  /** From the state setup to the last exit of a vCPU whose ring was full and had entries; null if all had some. */
  readonly ringStuckAfterMicros: number | null;
  /** Bytes of each cycle after the first pass, as long as no throttle has stepped in. */
  readonly laterCycles: readonly number[];
  /** When each cycle ended, on the recording's clock. */
  readonly cycleEnds: readonly number[];
  /** Of each exact answer that a threshold was held against: by how many bytes more was left than that. */
  readonly margins: readonly number[];
  /** Estimates that were under the threshold, or not, because the cycle before took 100 ms or 101 and not the other. */
  readonly edges: number;
  /** RAM sections that ended after 50 ms with pages left, the guest running. */
  readonly cutSections: number;
  /** Where the switchover came in the first pass: bytes of the cycles before it, and when it came; null where it did not. */
  readonly stoppedInFirstPass: { readonly bytes: number; readonly afterMicros: number } | null;
}

/** Reads them off a source's trace. */
export class HostObserver implements TraceVisitor {
  #sections = 0;
  #sectionStart = 0;
  #stopped = false;
  #stageStart = 0;
  #stage: number | null = null;
  #estimate = 0;
  #exact = 0;
  #downtimeStart = -1;
  #downtimeEnd = -1;
  #updates = 0;
  #spin = 0;
  #setupAt = 0;
  #throttledAfter: number | null = null;
  #throttleSteps: { atMicros: number; percent: number }[] = [];
  #fulls = 0;
  #reapedAt = 0;
  #stuckAfter: number | null = null;
  #syncs = 0;
  #laterCycles: number[] = [];
  #cycleEnds: number[] = [];
  #threshold = 0;
  #margins: number[] = [];
  #spent = 0;
  #edges = 0;
  #bytes = 0;
  #cuts = 0;
  #inFirstPass: HostTimes["stoppedInFirstPass"] = null;

  event(event: EventView): void {
    const { declaration: { name }, at } = event;
    switch (name) {
      case "migrate_set_state":
        if (event.text(0) === "setup") this.#restart(at);
        break;
      case "cpu_throttle_set":
        this.#throttledAfter ??= at - this.#setupAt;
        this.#throttleSteps.push({ atMicros: at, percent: event.number(0) });
        break;
      case "migrate_transferred":
        this.#updates++;
        this.#cycleEnds.push(at);
        this.#threshold = argument(event, "size");
        this.#spent = argument(event, "time_spent");
        this.#bytes += argument(event, "transferred");
        if (this.#syncs >= FIRST_PASS_SYNCS && this.#throttledAfter === null) {
          this.#laterCycles.push(argument(event, "transferred"));
        }
        break;
      case "kvm_dirty_ring_full":
        if (++this.#fulls === STUCK_FULLS) this.#stuckAfter ??= this.#reapedAt - this.#setupAt;
        break;
      case "kvm_dirty_ring_reap":
        this.#fulls = 0;
        this.#reapedAt = at;
        break;
      case "migrate_pending_estimate":
        this.#estimates(argument(event, "size"));
        break;
      case "migrate_pending_exact":
        this.#sync(argument(event, "size"));
        break;
      case "qemu_savevm_query_pending":
        if (argument(event, "final") === 1) break;
        if (argument(event, "exact") === 1) this.#sync(argument(event, "total"));
        else this.#estimates(argument(event, "total"));
        break;
      case "migration_bitmap_sync_end":
        this.#syncs++;
        if (this.#stopped && this.#stage === null) this.#stageStart = at;
        break;
      case "savevm_section_start":
        if (!isRam(event)) break;
        this.#sectionStart = at;
        if (this.#stopped && this.#stage === null) this.#stageStart = at;
        break;
      case "savevm_section_end":
        if (!isRam(event)) break;
        this.#sections += at - this.#sectionStart;
        if (!this.#stopped && at - this.#sectionStart >= SECTION_MICROS && argument(event, "ret") === 0) {
          this.#cuts++;
        }
        if (this.#stopped && this.#stage === null) this.#stage = at - this.#stageStart;
        break;
      case "vmstate_downtime_checkpoint":
        this.#checkpoint(event.text(0), at);
        break;
    }
  }

  #restart(at: number): void {
    this.#setupAt = at;
    this.#bytes = this.#cuts = 0;
    this.#inFirstPass = null;
    this.#throttledAfter = null;
    this.#throttleSteps = [];
    this.#sections = 0;
    this.#stopped = false;
    this.#stage = null;
    this.#downtimeStart = this.#downtimeEnd = -1;
    this.#stuckAfter = null;
    this.#laterCycles = [];
    this.#cycleEnds = [];
    this.#margins = [];
    this.#threshold = this.#spent = this.#edges = 0;
    this.#updates =
      this.#fulls =
      this.#syncs =
      this.#spin =
      this.#estimate =
      this.#exact =
        0;
  }

  #estimates(total: number): void {
    this.#estimate = total;
    if (!CYCLE_MS.includes(this.#spent)) return;
    const thresholds = CYCLE_MS.map((ms) => this.#threshold * this.#spent / ms);
    if (total <= Math.max(...thresholds) && total > Math.min(...thresholds)) this.#edges++;
  }

  #sync(total: number): void {
    this.#exact = total;
    if (this.#updates === 0) this.#spin++;
    else this.#margins.push(total - this.#threshold);
  }

  #checkpoint(checkpoint: string, at: number): void {
    if (checkpoint === "src-downtime-start") {
      this.#downtimeStart = at;
      const inFirst = this.#syncs <= FIRST_PASS_SYNCS;
      this.#inFirstPass = inFirst ? { bytes: this.#bytes, afterMicros: at - this.#setupAt } : null;
    }
    if (checkpoint === "src-vm-stopped") this.#stopped = true;
    if (checkpoint === "src-downtime-end") this.#downtimeEnd = at;
  }

  /** What was seen. */
  get times(): HostTimes {
    const ended = this.#downtimeStart >= 0 && this.#downtimeEnd >= 0 && this.#stage !== null;
    return {
      sectionMicros: this.#sections,
      lastStageMicros: this.#stage,
      decidedPages: this.#exact / PAGE,
      unsentPages: this.#estimate / PAGE,
      otherDowntimeMicros: ended ? this.#downtimeEnd - this.#downtimeStart - (this.#stage ?? 0) : null,
      throttledAfterMicros: this.#throttledAfter,
      throttleSteps: this.#throttleSteps,
      syncsBeforeThreshold: this.#spin,
      ringStuckAfterMicros: this.#stuckAfter,
      laterCycles: this.#laterCycles,
      cycleEnds: this.#cycleEnds,
      margins: this.#margins,
      edges: this.#edges,
      cutSections: this.#cuts,
      stoppedInFirstPass: this.#inFirstPass,
    };
  }
}

function isRam(event: EventView): boolean {
  return event.text(indexOf(event.declaration, "id")) === "ram";
}

function argument(event: EventView, name: string): number {
  return event.number(indexOf(event.declaration, name));
}

function indexOf({ args }: Declaration, name: string): number {
  return args.findIndex((argument) => argument.name === name);
}
