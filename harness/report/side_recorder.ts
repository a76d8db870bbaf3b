/**
 * Takes one side's events for its pictures. Arguments are looked up once per declaration, then read by position.
 *
 * @module
 */
import type { EventView, Side, TraceVisitor } from "../trace/mod.ts";
import { DowntimeRecorder } from "./downtime.ts";
import { LatencyRecorder } from "./latencies.ts";
import { BoundedSeries } from "./series.ts";
import type { Interval, SideTimeline } from "./timeline.ts";

const INTERVALS_MAX = 512;
const LABEL_MAX = 120;
const FINAL: ReadonlySet<string> = new Set(["completed", "failed", "cancelled"]);

/** A text from a trace, short enough for a picture. */
export function clip(text: string): string {
  return text.length <= LABEL_MAX ? text : `${text.slice(0, LABEL_MAX - 1)}…`;
}

/** What is done with an event; `args` are the positions of the arguments that it names. */
type Handler = (recorder: SideRecorder, event: EventView, args: readonly number[]) => void;

/** Names of arguments; `a|b` where versions differ, and a position of -1 where a version has none. */
const HANDLERS: Readonly<Record<string, readonly [args: readonly string[], handler: Handler]>> = {
  migrate_set_state: [["new_state"], (to, event, [state]) => to.setState(event, event.text(state as number))],
  vm_state_notify: [
    ["running"],
    (to, event, [running]) => to.guestRuns(event, event.number(running as number)),
  ],
  migrate_transferred: [
    ["transferred|tranferred", "time_spent", "size"],
    (to, event, args) => to.cycle(event, args),
  ],
  migrate_pending_estimate: [
    ["size"],
    (to, event, [size]) => to.estimated(event, event.number(size as number)),
  ],
  migrate_pending_exact: [
    ["size"],
    (to, event, [size]) => to.counted(event, event.number(size as number), true),
  ],
  // 7.2: one event for both, after the sync when there was one.
  migrate_pending: [["size"], (to, event, [size]) => to.pending(event, event.number(size as number))],
  qemu_savevm_query_pending: [["exact", "final", "total"], (to, event, [exact, final, total]) => {
    const size = event.number(total as number);
    if (event.number(exact as number) === 0) to.estimated(event, size);
    else if (event.number(final as number) === 0) to.counted(event, size, true);
  }],
  migration_bitmap_sync_end: [[], (to, event) => to.synced(event)],
  cpu_throttle_set: [["new_throttle_pct"], (to, event, [percent]) => {
    to.throttle.push(event.at, event.number(percent as number));
  }],
  vmstate_downtime_checkpoint: [["checkpoint"], (to, event, [name]) => {
    to.downtime.checkpoint(clip(event.text(name as number)), event.at, event.line);
  }],
  vmstate_downtime_save: [["type", "idstr", "instance_id", "downtime"], device],
  vmstate_downtime_load: [["type", "idstr", "instance_id", "downtime"], device],
  postcopy_ram_fault_thread_request: [["hostaddr"], (to, event, [address]) => {
    to.latencies.fault(event.number(address as number), event.at);
  }],
  postcopy_page_req_add: [["addr"], (to, event, [address]) => {
    to.latencies.requested(event.number(address as number), event.at);
  }],
  postcopy_page_req_del: [["addr"], (to, event, [address]) => {
    to.latencies.answered(event.number(address as number), event.at);
  }],
};

function device(
  to: SideRecorder,
  event: EventView,
  [type, idstr, instance, downtime]: readonly number[],
): void {
  const iterable = event.text(type as number) === "iterable" ? " (iterable)" : "";
  const id = event.number(instance as number);
  const label = clip(`${event.text(idstr as number)}${id === 0 ? "" : ` ${id}`}${iterable}`);
  to.downtime.device(label, event.number(downtime as number), event.at, event.line);
}

interface Bound {
  readonly handler: Handler;
  readonly args: readonly number[];
}

/** Collects one side. */
export class SideRecorder implements TraceVisitor {
  /** Moment, bytes, exactly or not. */
  readonly remaining = new BoundedSeries(3, 1);
  /** Moment, bandwidth, threshold. */
  readonly cycles = new BoundedSeries(3, 1);
  readonly iterations = new BoundedSeries(9, 6);
  readonly throttle = new BoundedSeries(2, 1, 1024);
  readonly downtime = new DowntimeRecorder();
  readonly latencies = new LatencyRecorder();
  /** The first `setup`, the first and the last event; -1 when there was none. */
  startAt = -1;
  firstAt = -1;
  lastAt = -1;
  /** When the last migration ended; -1 while it has not. */
  overAt = -1;
  migrations = 0;
  undated = 0;
  leftOut = 0;
  readonly #bound = new Map<unknown, Bound | null>();
  readonly #phases: Interval[] = [];
  readonly #guest: Interval[] = [];
  #events = 0;
  #status: Interval | undefined;
  #running: Interval | undefined;
  #estimate = NaN;
  #afterSync = NaN;
  #began = NaN;
  #syncLine = 0;
  #syncOpen = false;
  #number = 0;
  #bandwidth = NaN;
  #threshold = NaN;

  constructor(readonly side: Side) {}

  event(event: EventView): void {
    this.#events++;
    if (event.at < 0) {
      this.undated++;
      return;
    }
    if (this.firstAt < 0) this.firstAt = event.at;
    if (event.at > this.lastAt) this.lastAt = event.at;
    let bound = this.#bound.get(event.declaration);
    if (bound === undefined) {
      bound = bind(event);
      this.#bound.set(event.declaration, bound);
    }
    bound?.handler(this, event, bound.args);
  }

  setState(event: EventView, status: string): void {
    const isStart = status === "setup";
    if (isStart) {
      if (this.startAt < 0) this.startAt = event.at;
      this.migrations++;
      this.#beginMigration(event.at);
    }
    if (this.migrations === 0) this.migrations = 1;
    // The sync at the switchover to postcopy ends no iteration: nothing is decided after it.
    if (status.startsWith("postcopy")) this.#syncOpen = false;
    if (status === "active" && Number.isNaN(this.#began)) this.#began = event.at;
    this.overAt = FINAL.has(status) ? event.at : -1;
    this.#closeStatus(event.at);
    this.#status = { label: clip(status), from: event.at, to: event.at, line: event.line };
  }

  guestRuns(event: EventView, running: number): void {
    if (running !== 0) {
      this.#running ??= { label: "runs", from: event.at, to: event.at, line: event.line };
      return;
    }
    // A source's log may begin while the guest runs already.
    const began = this.#running ??
      (this.side === "source" && this.#guest.length === 0
        ? { label: "runs", from: this.firstAt, to: this.firstAt, line: 0 }
        : undefined);
    this.#running = undefined;
    if (began !== undefined) this.#keep(this.#guest, { ...began, to: event.at });
  }

  cycle(event: EventView, [transferred, spent, size]: readonly number[]): void {
    this.#bandwidth = event.number(transferred as number) / event.number(spent as number) * 1000;
    this.#threshold = event.number(size as number);
    this.cycles.push(event.at, this.#bandwidth, this.#threshold);
  }

  estimated(event: EventView, size: number): void {
    this.#estimate = size;
    if (Number.isNaN(this.#afterSync)) {
      this.#afterSync = size;
      if (Number.isNaN(this.#began)) this.#began = event.at;
    }
    this.remaining.push(event.at, size, 0);
  }

  /** @param isEstimated Whether an estimate before it tells what was sent and what was dirtied. */
  counted(event: EventView, size: number, isEstimated: boolean): void {
    const sent = isEstimated ? Math.max(0, this.#afterSync - this.#estimate) : NaN;
    const dirtied = isEstimated ? Math.max(0, size - this.#estimate) : NaN;
    this.remaining.push(event.at, size, 1);
    // Postcopy counts without a sync; that ends no iteration.
    if (!this.#syncOpen) return;
    this.#number++;
    this.iterations.push(
      event.at,
      this.#began,
      this.#number,
      this.#syncLine === 0 ? event.line : this.#syncLine,
      sent,
      dirtied,
      size,
      this.#threshold,
      this.#bandwidth,
    );
    this.#afterSync = this.#estimate = size;
    this.#began = event.at;
    this.#syncOpen = false;
  }

  /** QEMU 7.2 counts exactly when there was a sync just before. */
  pending(event: EventView, size: number): void {
    if (this.#syncOpen && !Number.isNaN(this.#afterSync)) this.counted(event, size, false);
    else this.estimated(event, size);
    this.#syncOpen = false;
  }

  synced(event: EventView): void {
    this.#syncLine = event.line;
    this.#syncOpen = true;
  }

  finish(origin: number): SideTimeline {
    const at = this.lastAt;
    const phases = [...this.#phases, ...(this.#status === undefined ? [] : [{ ...this.#status, to: at }])];
    const guest = [...this.#guest, ...(this.#running === undefined ? [] : [{ ...this.#running, to: at }])];
    const shift = (one: Interval): Interval => ({ ...one, from: one.from - origin, to: one.to - origin });
    const downtime = this.downtime.finish(origin);
    return {
      events: this.#events,
      phases: phases.map(shift),
      guest: guest.map(shift),
      downtime,
      leftOut: this.leftOut + downtime.leftOut,
    };
  }

  #beginMigration(at: number): void {
    this.downtime.begin();
    // A row without values keeps the line of one migration from running on into the next.
    if (this.migrations > 1) {
      this.remaining.push(at, NaN, 0);
      this.cycles.push(at, NaN, NaN);
      this.iterations.push(...Array<number>(2).fill(at), ...Array<number>(7).fill(NaN));
      this.throttle.push(at, 0);
    }
    this.#estimate =
      this.#afterSync =
      this.#began =
      this.#bandwidth =
      this.#threshold =
        NaN;
    this.#number = this.#syncLine = 0;
    this.#syncOpen = false;
  }

  #closeStatus(at: number): void {
    if (this.#status !== undefined) this.#keep(this.#phases, { ...this.#status, to: at });
  }

  #keep(list: Interval[], one: Interval): void {
    if (list.length < INTERVALS_MAX) list.push(one);
    else this.leftOut++;
  }
}

/** Looks up an event's handler and the positions of its arguments; `null` when it is not drawn. */
function bind({ declaration }: EventView): Bound | null {
  const entry = Object.hasOwn(HANDLERS, declaration.name) ? HANDLERS[declaration.name] : undefined;
  if (entry === undefined) return null;
  const [names, handler] = entry;
  const args = names.map((name) => {
    const choices = name.split("|");
    return declaration.args.findIndex((arg) => choices.includes(arg.name));
  });
  // A version without one of the arguments traces something else under the name.
  return args.includes(-1) ? null : { handler, args };
}
