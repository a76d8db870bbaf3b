/**
 * Writes a migration as Chrome-trace JSON, which Perfetto (ui.perfetto.dev) and chrome://tracing open.
 *
 * Source and destination are two processes on one clock. Statuses, syncs, sections, channels and the downtime are
 * asynchronous slices, for they overlap; pending bytes, bandwidth, dirty pages and throttle are counters; every event
 * is an instant on its thread, with its arguments.
 *
 * @see the Trace Event Format (Chromium project) for the keys
 * @module
 */
import type { Declaration } from "./declaration.ts";
import type { EventView } from "./event.ts";
import type { Side } from "./run.ts";

/** A slice between two events of one side. */
interface Phase {
  readonly track: string;
  readonly begin: string;
  readonly end: string;
  /** The argument that tells phases apart which run at one time, by C name. */
  readonly key?: string;
  /** Phases that follow each other stand in one row of this name, inside a slice that spans them. */
  readonly row?: string;
  /** Both events have these strings as their first argument: for checkpoints of one tracepoint. */
  readonly text?: readonly [begin: string, end: string];
}

const PHASES: readonly Phase[] = [
  { track: "bitmap sync", begin: "migration_bitmap_sync_start", end: "migration_bitmap_sync_end" },
  { track: "section", begin: "savevm_section_start", end: "savevm_section_end", key: "id", row: "sections" },
  { track: "multifd send", begin: "multifd_send_thread_start", end: "multifd_send_thread_end", key: "id" },
  { track: "multifd receive", begin: "multifd_recv_thread_start", end: "multifd_recv_thread_end", key: "id" },
  { track: "return path", begin: "source_return_path_thread_entry", end: "source_return_path_thread_end" },
  { track: "fault thread", begin: "postcopy_ram_fault_thread_entry", end: "postcopy_ram_fault_thread_exit" },
  {
    track: "downtime",
    begin: "vmstate_downtime_checkpoint",
    end: "vmstate_downtime_checkpoint",
    text: ["src-downtime-start", "src-downtime-end"],
  },
  {
    track: "load to run",
    begin: "vmstate_downtime_checkpoint",
    end: "vmstate_downtime_checkpoint",
    text: ["dst-precopy-loadvm-completed", "dst-precopy-bh-vm-started"],
  },
];

/** A figure over time: the event, its argument by C name, and what one of its units is in the counter's. */
interface Counter {
  readonly name: string;
  readonly event: string;
  readonly argument: string;
  readonly factor: number;
}

const COUNTERS: readonly Counter[] = [
  { name: "pending (bytes)", event: "migrate_pending_exact", argument: "size", factor: 1 },
  { name: "pending (bytes)", event: "migrate_pending_estimate", argument: "size", factor: 1 },
  { name: "pending (bytes)", event: "qemu_savevm_query_pending", argument: "total", factor: 1 },
  { name: "dirty pages", event: "migration_bitmap_sync_end", argument: "dirty_pages", factor: 1 },
  { name: "throttle (%)", event: "cpu_throttle_set", argument: "new_throttle_pct", factor: 1 },
  { name: "transferred in period (bytes)", event: "migrate_transferred", argument: "transferred", factor: 1 },
];

const PROCESS: Readonly<Record<Side, number>> = { source: 1, destination: 2 };
/** Where async slices of statuses are kept per side. */
interface State {
  status: string;
  readonly open: Map<string, { name: string; track: string; row?: string }>;
  /** Rows that slices are open in, or were since the migration began. */
  readonly rows: Set<string>;
  readonly threads: Set<number>;
  last: number;
}

/** Streams a Chrome trace; feed it the events of each side in their order, in any mixture of the sides. */
export class ChromeTraceWriter {
  readonly #out: (text: string) => void;
  readonly #sides: Readonly<Record<Side, State>> = {
    source: { status: "", open: new Map(), rows: new Set(), threads: new Set(), last: 0 },
    destination: { status: "", open: new Map(), rows: new Set(), threads: new Set(), last: 0 },
  };
  readonly #indexes = new WeakMap<Declaration, Map<string, number>>();
  #first = true;

  /** @param out Takes the text of the file piece by piece; ASCII and Latin-1, to be written as UTF-8. */
  constructor(out: (text: string) => void) {
    this.#out = out;
    this.#out('{"displayTimeUnit":"ms","traceEvents":[\n');
    for (const [side, pid] of Object.entries(PROCESS)) {
      this.#put({ ph: "M", name: "process_name", pid, tid: 0, args: { name: side } });
      this.#put({ ph: "M", name: "process_sort_index", pid, tid: 0, args: { sort_index: pid } });
    }
  }

  /** Writes one event. Events without a time are put where the last one of their side is. */
  event(side: Side, event: EventView): void {
    const state = this.#sides[side];
    const pid = PROCESS[side];
    const { declaration, thread } = event;
    const ts = event.at === -1 ? state.last : event.at;
    state.last = ts;
    if (!state.threads.has(thread)) {
      state.threads.add(thread);
      const name = thread === 0 ? "events" : `thread ${thread}`;
      this.#put({ ph: "M", name: "thread_name", pid, tid: thread, args: { name } });
    }
    const args = Object.fromEntries(declaration.args.map(({ name }, index) => {
      const value = event.value(index);
      return [name || `argument ${index}`, typeof value === "bigint" ? toNumber(value) : value];
    }));
    this.#put({ ph: "i", s: "t", name: declaration.name, cat: "event", pid, tid: thread, ts, args });
    this.#status(side, state, event, ts);
    this.#phases(side, state, event, ts);
    for (const counter of COUNTERS) {
      if (counter.event !== declaration.name) continue;
      const index = this.#indexOf(declaration, counter.argument);
      if (index === -1) continue;
      const value = event.number(index) * counter.factor;
      this.#put({ ph: "C", name: counter.name, pid, tid: 0, ts, args: { value } });
    }
    if (declaration.name === "migrate_transferred") this.#bandwidth(event, pid, ts);
  }

  /** Closes what is open at the end of the trace, and the file. */
  end(): void {
    for (const [side, state] of Object.entries(this.#sides)) {
      const pid = PROCESS[side as Side];
      for (const row of [...state.rows]) this.#closeRow(side as Side, state, row, state.last);
      for (const [id, { name, track }] of state.open) {
        this.#put({
          ph: "e",
          cat: track,
          name,
          id,
          pid,
          tid: 0,
          ts: state.last,
          args: { "ends with": "the trace" },
        });
      }
    }
    this.#out("\n]}\n");
  }

  /** Statuses follow each other: each ends where the next begins. */
  #status(side: Side, state: State, event: EventView, ts: number): void {
    if (event.declaration.name !== "migrate_set_state") return;
    const next = event.text(this.#indexOf(event.declaration, "new_state"));
    if (state.status !== "") this.#close(side, state, `${side}-status`, ts);
    state.status = next;
    if (/^(?:completed|failed|cancelled|none)$/.test(next)) {
      state.status = "";
      for (const row of [...state.rows]) this.#closeRow(side, state, row, ts);
    } else this.#openInRow(side, state, "status", `${side}-status`, next, ts);
  }

  #phases(side: Side, state: State, event: EventView, ts: number): void {
    const { name } = event.declaration;
    for (const phase of PHASES) {
      if (phase.begin !== name && phase.end !== name) continue;
      const word = phase.text === undefined ? "" : event.text(0);
      const begins = phase.begin === name && (phase.text === undefined || word === phase.text[0]);
      const ends = phase.end === name && (phase.text === undefined || word === phase.text[1]);
      if (!begins && !ends) continue;
      const index = phase.key === undefined ? -1 : this.#indexOf(event.declaration, phase.key);
      const key = index === -1 ? "" : String(event.value(index));
      const id = `${side}-${phase.track}-${key}`;
      if (ends) this.#close(side, state, id, ts);
      else {
        // A second beginning without an end: the first ends here, for its own end is not in the log.
        this.#close(side, state, id, ts);
        const name = key === "" ? phase.track : `${phase.track} ${key}`;
        if (phase.row === undefined) this.#open(side, state, id, phase.track, name, ts);
        else this.#openInRow(side, state, phase.row, id, key === "" ? name : key, ts);
      }
    }
  }

  /** In bytes a second, whatever the version's unit: what was transferred, by the time it took. */
  #bandwidth(event: EventView, pid: number, ts: number): void {
    const [bytes, millis] = ["transferred", "time_spent"].map((name) =>
      this.#indexOf(event.declaration, name)
    );
    if (bytes === undefined || millis === undefined || bytes === -1 || millis === -1) return;
    const time = event.number(millis);
    if (!(time > 0)) return;
    const value = Math.round((event.number(bytes) * 1000) / time);
    this.#put({ ph: "C", name: "bandwidth (bytes/s)", pid, tid: 0, ts, args: { value } });
  }

  #open(side: Side, state: State, id: string, track: string, name: string, ts: number): void {
    state.open.set(id, { name, track });
    this.#put({ ph: "b", cat: track, name, id, pid: PROCESS[side], tid: 0, ts, args: {} });
  }

  #close(side: Side, state: State, id: string, ts: number): void {
    const open = state.open.get(id);
    if (open === undefined) return;
    state.open.delete(id);
    const { track, name, row } = open;
    this.#put({ ph: "e", cat: track, name, id: row ?? id, pid: PROCESS[side], tid: 0, ts, args: {} });
  }

  /** Viewers give a row to each name, unless slices of one id lie inside a slice that has the row's. */
  #openInRow(side: Side, state: State, row: string, id: string, name: string, ts: number): void {
    const shared = `${side}-row-${row}`;
    if (!state.rows.has(row)) {
      state.rows.add(row);
      this.#put({ ph: "b", cat: row, name: row, id: shared, pid: PROCESS[side], tid: 0, ts, args: {} });
    }
    state.open.set(id, { name, track: row, row: shared });
    this.#put({ ph: "b", cat: row, name, id: shared, pid: PROCESS[side], tid: 0, ts, args: {} });
  }

  #closeRow(side: Side, state: State, row: string, ts: number): void {
    const shared = `${side}-row-${row}`;
    for (const [id, open] of [...state.open]) if (open.row === shared) this.#close(side, state, id, ts);
    state.rows.delete(row);
    this.#put({ ph: "e", cat: row, name: row, id: shared, pid: PROCESS[side], tid: 0, ts, args: {} });
  }

  #indexOf(declaration: Declaration, argument: string): number {
    let indexes = this.#indexes.get(declaration);
    if (indexes === undefined) {
      indexes = new Map(declaration.args.map(({ name }, index) => [name, index]));
      this.#indexes.set(declaration, indexes);
    }
    return indexes.get(argument) ?? -1;
  }

  #put(entry: Readonly<Record<string, unknown>>): void {
    this.#out(`${this.#first ? "" : ",\n"}${JSON.stringify(entry)}`);
    this.#first = false;
  }
}

function toNumber(value: bigint): number | string {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : String(value);
}
