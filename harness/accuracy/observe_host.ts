/**
 * How quick the host was while a recording was made: times of the source's trace that no input tells.
 *
 * @module
 */
import type { Declaration, EventView, TraceVisitor } from "../trace/mod.ts";

const PAGE = 4096;

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
  /** Syncs that asked for the exact amount before the first counter update had given a threshold. */
  readonly syncsBeforeThreshold: number;
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

  event(event: EventView): void {
    const { declaration: { name }, at } = event;
    switch (name) {
      case "migrate_set_state":
        if (event.text(0) === "setup") this.#restart(at);
        break;
      case "cpu_throttle_set":
        this.#throttledAfter ??= at - this.#setupAt;
        break;
      case "migrate_transferred":
        this.#updates++;
        break;
      case "migrate_pending_estimate":
        this.#estimate = argument(event, "size");
        break;
      case "migrate_pending_exact":
        this.#sync(argument(event, "size"));
        break;
      case "qemu_savevm_query_pending":
        if (argument(event, "final") === 1) break;
        if (argument(event, "exact") === 1) this.#sync(argument(event, "total"));
        else this.#estimate = argument(event, "total");
        break;
      case "migration_bitmap_sync_end":
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
        if (this.#stopped && this.#stage === null) this.#stage = at - this.#stageStart;
        break;
      case "vmstate_downtime_checkpoint":
        this.#checkpoint(event.text(0), at);
        break;
    }
  }

  #restart(at: number): void {
    this.#setupAt = at;
    this.#throttledAfter = null;
    this.#sections = 0;
    this.#stopped = false;
    this.#stage = null;
    this.#downtimeStart = this.#downtimeEnd = -1;
    this.#updates =
      this.#spin =
      this.#estimate =
      this.#exact =
        0;
  }

  #sync(total: number): void {
    this.#exact = total;
    if (this.#updates === 0) this.#spin++;
  }

  #checkpoint(checkpoint: string, at: number): void {
    if (checkpoint === "src-downtime-start") this.#downtimeStart = at;
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
      syncsBeforeThreshold: this.#spin,
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
