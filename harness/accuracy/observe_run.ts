/**
 * What one run shows: its events in order, its cycles and its syncs. The same code looks at the model and at QEMU.
 *
 * @module
 */
import type { Declaration, EventView, TraceVisitor } from "../trace/mod.ts";

/** One cycle of the migration thread, as `migrate_transferred` ends it. */
export interface Cycle {
  readonly bytes: number;
  readonly milliseconds: number;
  /** How many syncs ended before this cycle did: the pass it belongs to. */
  readonly pass: number;
  /**
   * Whether the rate limit ended it, no sync fell into it, and one RAM section filled it. With multifd none is: how
   * many channels are busy when the limit is passed is up to the scheduler, and each of them adds a packet.
   */
  readonly isFull: boolean;
}

/** What a source's trace shows of its last migration. */
export interface SourceView {
  /** Event names in the order of the trace. */
  readonly names: string[];
  readonly cycles: Cycle[];
  /** The argument of each `migration_bitmap_sync_end`. */
  readonly syncs: number[];
  /** dirty-sync-count at the end: syncs, or the first and each exact query where those are traced (11.1). */
  readonly iterations: number;
  /** Microseconds between the first state and the last. */
  readonly spanMicros: number;
  readonly lastState: string;
}

/** Events that fire for each page or each field; most recordings leave them out, so none is compared. */
function isDetail(name: string): boolean {
  return DETAILS.has(name) ||
    /^(?:vmstate_(?!downtime_|load$|save$)|(?:get|put|load|save)_(?:gtree|qlist|qtailq))/.test(name);
}
const DETAILS: ReadonlySet<string> = new Set([
  "migration_transferred_bytes",
  "ram_load_loop",
  "ram_save_page",
  "ram_load_postcopy_loop",
  "qemu_file_fclose",
  // A process that starts asks whether memory was handed over to it, and keeps what it makes for the next one.
  "cpr_find_fd",
  "cpr_save_fd",
]);

/** Events that say little without one of their arguments: it becomes part of the name. */
const NAMING_ARGUMENTS: Readonly<Record<string, string>> = {
  cpu_throttle_set: "new_throttle_pct",
  loadvm_process_command: "s",
  migrate_set_state: "new_state",
  migration_block_activation: "name",
  migration_call_notifiers: "type",
  multifd_recv_terminate_threads: "error",
  multifd_recv_thread_end: "id",
  multifd_recv_thread_start: "id",
  multifd_recv_unfill: "id",
  multifd_send_error: "id",
  multifd_send_fill: "id",
  multifd_send_ram_fill: "id",
  multifd_send_thread_end: "id",
  multifd_send_thread_start: "id",
  qemu_loadvm_state_section: "section_type",
  qemu_loadvm_state_section_startfull: "idstr",
  runstate_set: "new_state_str",
  savevm_command_send: "command",
  savevm_section_end: "id",
  savevm_section_skip: "id",
  savevm_section_start: "id",
  source_return_path_thread_shut: "val",
  vm_state_notify: "reason_str",
  vmstate_downtime_checkpoint: "checkpoint",
  vmstate_downtime_load: "idstr",
  vmstate_downtime_save: "idstr",
  vmstate_load: "idstr",
  vmstate_save: "idstr",
};

/** Collects the names of one side's events. */
export class NameCollector implements TraceVisitor {
  readonly names: string[] = [];
  readonly #arguments = new Map<Declaration, number>();

  constructor(readonly skip: ReadonlySet<string> = new Set()) {}

  event(event: EventView): void {
    const { declaration } = event;
    const { name } = declaration;
    if (isDetail(name) || this.skip.has(name)) return;
    const index = this.#argumentOf(declaration);
    this.names.push(index < 0 ? name : `${name} ${event.text(index)}`);
  }

  #argumentOf(declaration: Declaration): number {
    const known = this.#arguments.get(declaration);
    if (known !== undefined) return known;
    const argument = NAMING_ARGUMENTS[declaration.name];
    const index = argument === undefined ? -1 : indexOf(declaration, argument);
    this.#arguments.set(declaration, index);
    return index;
  }
}

/** Looks at a source's trace. */
export class SourceObserver implements TraceVisitor {
  readonly #collector: NameCollector;
  #cycles: Cycle[] = [];
  #syncs: number[] = [];
  #exactQueries = -1;
  #firstAt = -1;
  #lastAt = -1;
  #state = "none";
  #sections = 0;
  #limited = false;
  #synced = false;
  #hasChannels = false;

  /** @param skip Events that the recording left out. */
  constructor(skip: ReadonlySet<string>) {
    this.#collector = new NameCollector(skip);
  }

  event(event: EventView): void {
    this.#collector.event(event);
    const { declaration } = event;
    switch (declaration.name) {
      case "migrate_set_state":
        this.#enter(event.text(0), event.at);
        break;
      case "migration_bitmap_sync_end":
        this.#syncs.push(event.number(0));
        this.#synced = true;
        break;
      case "qemu_savevm_query_pending":
        this.#exactQueries = Math.max(0, this.#exactQueries);
        if (
          event.number(indexOf(declaration, "exact")) === 1 &&
          event.number(indexOf(declaration, "final")) === 0
        ) {
          this.#exactQueries++;
        }
        break;
      case "savevm_section_start":
        if (event.text(indexOf(declaration, "id")) === "ram") this.#sections++;
        break;
      case "multifd_send_sync_main":
        this.#hasChannels = true;
        break;
      case "migration_rate_limit_pre":
        this.#limited = true;
        break;
      case "migrate_transferred":
        this.#endCycle(
          event.number(indexOf(declaration, "transferred")),
          event.number(indexOf(declaration, "time_spent")),
        );
        break;
    }
  }

  #enter(state: string, at: number): void {
    if (state === "setup") {
      this.#cycles = [];
      this.#syncs = [];
      this.#exactQueries = -1;
      this.#firstAt = at;
    }
    this.#state = state;
    this.#lastAt = at;
  }

  #endCycle(bytes: number, milliseconds: number): void {
    const isFull = this.#limited && !this.#synced && this.#sections === 1 && !this.#hasChannels;
    this.#cycles.push({ bytes, milliseconds, pass: this.#syncs.length, isFull });
    this.#sections = 0;
    this.#limited = false;
    this.#synced = false;
  }

  /** What was seen. */
  get view(): SourceView {
    return {
      names: this.#collector.names,
      cycles: this.#cycles,
      syncs: this.#syncs,
      iterations: this.#exactQueries >= 0 ? 1 + this.#exactQueries : this.#syncs.length,
      spanMicros: this.#lastAt - this.#firstAt,
      lastState: this.#state,
    };
  }
}

function indexOf({ args }: Declaration, name: string): number {
  return args.findIndex((argument) => argument.name === name);
}

/** The longest stretch whose repetition counts as one: a cycle of the migration thread has at most nine events. */
const STRETCH_MAX = 12;

/** Merges stretches that directly repeat: a hundred cycles alike become one. */
export function mergeRepeats(names: readonly string[]): string[] {
  const merged: string[] = [];
  for (const name of names) {
    merged.push(name);
    let length = repeatedTail(merged);
    while (length > 0) {
      merged.length -= length;
      length = repeatedTail(merged);
    }
  }
  return merged;
}

function repeatedTail(names: readonly string[]): number {
  const end = names.length;
  for (let length = 1; length <= STRETCH_MAX && 2 * length <= end; length++) {
    let same = 0;
    while (same < length && names[end - 1 - same] === names[end - 1 - same - length]) same++;
    if (same === length) return length;
  }
  return 0;
}
