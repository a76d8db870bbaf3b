/**
 * What a log shows at all: which events are switched on, as far as the log itself can tell.
 *
 * An event that is not in a log either did not happen or was not switched on. When the log shows enough of what every
 * migration traces, an ordinary event of the migration code would have shown too.
 *
 * @module
 */
import type { Catalog, Side } from "../trace/mod.ts";
import type { Resolved } from "./select.ts";

const CORE: Readonly<Record<Side, { readonly names: readonly string[]; readonly least: number }>> = {
  source: {
    names: [
      "migrate_set_state",
      "savevm_state_header",
      "savevm_state_setup",
      "migration_thread_setup_complete",
      "migration_bitmap_sync_start",
      "migration_bitmap_sync_end",
      "savevm_section_start",
      "savevm_section_end",
      "migration_thread_after_loop",
      "savevm_state_cleanup",
      "vmstate_downtime_checkpoint",
      "migration_set_outgoing_channel",
      "vmstate_save",
      "savevm_command_send",
      "migration_completion_vm_stop",
    ],
    least: 7,
  },
  destination: {
    names: [
      "migrate_set_state",
      "loadvm_state_setup",
      "qemu_loadvm_state_section",
      "qemu_loadvm_state_section_startfull",
      "qemu_loadvm_state_section_partend",
      "vmstate_load",
      "ram_load_start",
      "ram_load_complete",
      "qemu_loadvm_state_post_main",
      "process_incoming_migration_co_end",
      "vmstate_downtime_checkpoint",
      "loadvm_state_cleanup",
    ],
    least: 6,
  },
};

/** What every migration traces, on either side. */
export const CORE_EVENTS: readonly string[] = [...CORE.source.names, ...CORE.destination.names];

/** Events of one page, of one field, or of other subsystems: often switched off when all else is on. */
const OPTIONAL =
  /^(migration_transferred_bytes|ram_save_page|ram_load_(postcopy_)?loop|save_xbzrle_|migration_bitmap_clear_dirty|kvm_|dirtylimit_|runstate_set|vm_state_notify|global_dirty_changed|cpu_throttle_|qemu_announce|qemu_file_|vmstate_(save|load)_state|vmstate_(n_elems|field|subsection)|(get|put|load|save)_(qtailq|gtree|qlist)|ram_discard_range|postcopy_place_page|migration_call_notifiers|cpr_|savevm_state_iterate$|migrate_pending|qemu_savevm_query_pending$)/;
/** Events of every pass of the migration thread's loop: switched off together when a loop spins. */
const LOOP = /^migration_rate_limit_/;
const PASSES = [
  "savevm_state_iterate",
  "migrate_pending_estimate",
  "qemu_savevm_query_pending",
  "migrate_pending",
];

/** What is known of a catalog's events before any log is read, by declaration index. */
interface Nature {
  readonly isCore: Uint8Array;
  readonly isOptional: Uint8Array;
  readonly isLoop: Uint8Array;
  readonly passes: readonly number[];
}

/** Reckoned once for each catalog. */
const NATURES: Readonly<Record<Side, WeakMap<Catalog, Nature>>> = {
  source: new WeakMap(),
  destination: new WeakMap(),
};

function natureOf(side: Side, catalog: Catalog): Nature {
  const known = NATURES[side].get(catalog);
  if (known !== undefined) return known;
  const { declarations } = catalog;
  const { names } = CORE[side];
  const flags = (is: (name: string) => boolean) =>
    Uint8Array.from(declarations, ({ name }) => is(name) ? 1 : 0);
  const nature = {
    isCore: flags((name) => names.includes(name)),
    isOptional: flags((name) => OPTIONAL.test(name)),
    isLoop: flags((name) => LOOP.test(name)),
    passes: PASSES.map((name) => catalog.get(name)?.index ?? -1).filter((index) => index !== -1),
  };
  NATURES[side].set(catalog, nature);
  return nature;
}

/** What one side's log shows. */
export class Coverage {
  /** By declaration index: 1 once the event was seen. */
  readonly seen: Uint8Array;
  readonly #nature: Nature;
  readonly #least: number;
  #core = 0;
  /** Lines that may have been events: a missing event may be one of them. */
  torn = 0;

  constructor(side: Side, catalog: Catalog) {
    this.#least = CORE[side].least;
    this.#nature = natureOf(side, catalog);
    this.seen = new Uint8Array(catalog.declarations.length);
  }

  /** An event is seen for the first time. */
  firstSight(index: number): void {
    this.seen[index] = 1;
    this.#core += this.#nature.isCore[index] as number;
  }

  /** Whether the log shows migrations as a whole. */
  get isBroad(): boolean {
    return this.#core >= this.#least;
  }

  /** Whether an event that is not in the log would be, had it happened. */
  wouldShow(resolved: readonly Resolved[]): boolean {
    for (const { declaration: { index } } of resolved) {
      if (this.seen[index] === 1) return true;
      if (!this.isBroad || this.torn > 0 || this.#nature.isOptional[index] === 1) continue;
      if (this.#nature.isLoop[index] === 0 || this.#nature.passes.some((pass) => this.seen[pass] === 1)) {
        return true;
      }
    }
    return false;
  }
}
