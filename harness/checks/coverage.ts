/**
 * What a log shows at all: which events are switched on, as far as the log itself can tell.
 *
 * An event that is not in a log either did not happen or was not switched on. Where the facts of the run say which
 * were off, that decides: an event that is not among them would have shown if the log shows enough of what every
 * migration traces and others of the same family. Where they do not, people may have picked events one by one, and
 * nothing tells an event that was left out from one that QEMU did not trace: only an event that the log has somewhere
 * is known to be on.
 *
 * @module
 */
import type { Catalog, OtherKind, Side } from "../trace/mod.ts";
import { LOST } from "./damage.ts";
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
/**
 * Events that a log cannot lack where it has another so many times: one line may be lost, all of them are switched off.
 * Each says: this many of the second prove at least two of the first.
 */
const WITNESSES: readonly (readonly [event: string, witness: string, least: number])[] = [
  ["migration_bitmap_sync_start", "migration_bitmap_sync_end", 2],
  ["migration_bitmap_sync_end", "migration_bitmap_sync_start", 2],
  ["savevm_section_start", "savevm_section_end", 2],
  ["savevm_section_end", "savevm_section_start", 2],
  ["migration_rate_limit_pre", "migration_rate_limit_post", 2],
  ["migration_rate_limit_post", "migration_rate_limit_pre", 2],
  ["savevm_state_iterate", "migrate_pending", 3],
  ["savevm_state_iterate", "migrate_pending_estimate", 3],
  ["savevm_state_iterate", "qemu_savevm_query_pending", 3],
  ["migrate_pending", "savevm_state_iterate", 2],
  ["migrate_pending_estimate", "savevm_state_iterate", 2],
  ["qemu_savevm_query_pending", "savevm_state_iterate", 2],
  // Without an iteration's events the end of its section tells of it.
  ["migrate_pending", "savevm_section_end", 6],
  ["migrate_pending_estimate", "savevm_section_end", 6],
  ["qemu_savevm_query_pending", "savevm_section_end", 6],
  // A wait for the rate limit ends with its period, and the counters are taken then.
  ["migrate_transferred", "migration_rate_limit_post", 3],
  ["vmstate_save", "vmstate_downtime_save", 3],
  ["vmstate_downtime_save", "vmstate_save", 3],
  ["vmstate_downtime_checkpoint", "vmstate_downtime_save", 2],
  ["vmstate_downtime_checkpoint", "vmstate_downtime_load", 2],
  ["ram_load_start", "ram_load_complete", 2],
  ["ram_load_complete", "ram_load_start", 2],
  ["vmstate_load", "qemu_loadvm_state_section_startfull", 3],
  ["vmstate_load", "qemu_loadvm_state_section_partend", 3],
  ["vmstate_downtime_load", "qemu_loadvm_state_section_startfull", 4],
  ["qemu_loadvm_state_section", "vmstate_load", 2],
  ["qemu_loadvm_state_section", "qemu_loadvm_state_section_startfull", 2],
  ["qemu_loadvm_state_section_startfull", "vmstate_downtime_load", 3],
  ["qemu_loadvm_state_section_partend", "ram_load_complete", 3],
  ["savevm_command_send", "savevm_send_ping", 2],
  ["savevm_send_ping", "source_return_path_thread_pong", 2],
  ["source_return_path_thread_pong", "savevm_send_ping", 2],
  ["loadvm_process_command", "loadvm_process_command_ping", 2],
  ["migration_throttle", "cpu_throttle_set", 2],
  ["multifd_send_fill", "multifd_send_ram_fill", 2],
  ["multifd_send_ram_fill", "multifd_send_fill", 12],
  ["multifd_send_sync_main_signal", "multifd_send_sync_main_wait", 2],
  ["multifd_send_sync_main_wait", "multifd_send_sync_main_signal", 2],
  ["multifd_recv_sync_main_signal", "multifd_recv_sync_main_wait", 2],
  ["multifd_recv_sync_main_wait", "multifd_recv_sync_main_signal", 2],
  // There are sixteen channels at most in practice: more signals are those of two syncs.
  ["multifd_send_sync_main", "multifd_send_sync_main_signal", 17],
  ["multifd_recv_sync_main", "multifd_recv_sync_main_signal", 17],
  ["postcopy_discard_send_range", "qemu_savevm_send_postcopy_ram_discard", 2],
  ["qemu_savevm_send_postcopy_ram_discard", "postcopy_discard_send_finish", 2],
  // A command carries twelve ranges at most.
  ["qemu_savevm_send_postcopy_ram_discard", "postcopy_discard_send_range", 13],
];
/**
 * Lines that may have been events: what is lost, and names that the catalog does not hold. Anywhere in a log those make
 * what is missing altogether doubtful; where one event is missed, `damage.ts` takes of them only those that were cut.
 */
export const TORN: ReadonlySet<OtherKind> = new Set([...LOST, "unknown-event"]);

/** How often an event must be seen at most before further ones prove nothing more. */
export const SEEN_MAX = 17;
/** What events that patterns switch on together have in common: `savevm_`, `qemu_loadvm_`. */
const FAMILY = /^(?:migration_bitmap_sync|migration_rate_limit|vmstate_downtime|(?:qemu_)?[a-z]+)/;
/** Parts that not every migration has: no event of them need be switched off for them to be absent. */
const PARTS =
  /^(multifd|postcopy|qemu_savevm_send|loadvm_postcopy|cpu_throttle|migration_throttle|migration_rate_limit|savevm_send|source_)/;
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
  readonly isPart: Uint8Array;
  /** What proves that the event was switched off. */
  readonly witnesses: readonly (readonly (readonly [index: number, least: number])[])[];
  /** The number of its family. */
  readonly families: Uint16Array;
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
  const families = new Map<string, number>();
  const nature = {
    isCore: flags((name) => names.includes(name)),
    isOptional: flags((name) => OPTIONAL.test(name)),
    isLoop: flags((name) => LOOP.test(name)),
    passes: PASSES.map((name) => catalog.get(name)?.index ?? -1).filter((index) => index !== -1),
    isPart: flags((name) => PARTS.test(name)),
    witnesses: declarations.map(({ name }) =>
      WITNESSES.filter(([event]) => event === name).map(([, witness, count]) =>
        [catalog.get(witness)?.index ?? -1, count] as const
      )
    ),
    families: Uint16Array.from(declarations, ({ name }) => {
      const family = FAMILY.exec(name)?.[0] ?? name;
      if (!families.has(family)) families.set(family, families.size);
      return families.get(family) ?? 0;
    }),
  };
  NATURES[side].set(catalog, nature);
  return nature;
}

/** What one side's log shows. */
export class Coverage {
  /** By declaration index: how often the event was seen; counted no further than is of use. */
  readonly seen: Uint8Array;
  readonly #catalog: Catalog;
  readonly #nature: Nature;
  readonly #least: number;
  readonly #seenFamilies: Uint8Array;
  /** By declaration index: 1 for what was switched off; null when that is not known. */
  #isOff: Uint8Array | null = null;
  /** The list that `#isOff` was made of. */
  #unlogged: readonly string[] | undefined = undefined;
  #core = 0;
  /** Lines that may have been events: a missing event may be one of them. */
  torn = 0;

  /** @param unlogged The events that were switched off; undefined when that is not known. */
  constructor(side: Side, catalog: Catalog, unlogged?: readonly string[]) {
    const { declarations } = catalog;
    this.#catalog = catalog;
    this.#least = CORE[side].least;
    this.#nature = natureOf(side, catalog);
    this.seen = new Uint8Array(declarations.length);
    this.#seenFamilies = new Uint8Array(declarations.length);
    this.#isOff = this.#offOf(unlogged);
  }

  /** Another log begins, with other events switched off. */
  renew(unlogged: readonly string[] | undefined): void {
    this.seen.fill(0);
    this.#seenFamilies.fill(0);
    this.#core = this.torn = 0;
    this.#isOff = this.#offOf(unlogged);
  }

  #offOf(unlogged: readonly string[] | undefined): Uint8Array | null {
    if (unlogged === undefined) return null;
    // The model's runs all have the same list.
    if (this.#isOff !== null && unlogged === this.#unlogged) return this.#isOff;
    this.#unlogged = unlogged;
    const isOff = new Uint8Array(this.seen.length);
    for (const name of unlogged) {
      const { index } = this.#catalog.get(name) ?? {};
      if (index !== undefined) isOff[index] = 1;
    }
    return isOff;
  }

  /** An event is seen; whoever calls need not for one that was seen as often as is of use. */
  see(index: number): void {
    const seen = (this.seen[index] as number) + 1;
    this.seen[index] = seen;
    if (seen > 1) return;
    this.#seenFamilies[this.#nature.families[index] as number] = 1;
    this.#core += this.#nature.isCore[index] as number;
  }

  /** Whether the log shows migrations as a whole. */
  get isBroad(): boolean {
    return this.#core >= this.#least;
  }

  /** Whether an event that is not where it is due would be there, had it happened: it is known to be switched on. */
  wouldShow(resolved: readonly Resolved[]): boolean {
    const off = this.#isOff;
    if (off !== null) {
      const isExcused = ({ declaration: { index } }: Resolved) => off[index] === 1 && this.seen[index] === 0;
      return !resolved.some(isExcused) && this.isLikely(resolved);
    }
    return resolved.length > 0 && resolved.every(({ declaration: { index } }) => this.seen[index] !== 0);
  }

  /** Whether an event that is not in the log would be, had it happened, in a log of whole families of events. */
  isLikely(resolved: readonly Resolved[]): boolean {
    for (const { declaration: { index } } of resolved) {
      if (this.seen[index] !== 0) return true;
      if (!this.isBroad || this.torn > 0 || this.#nature.isOptional[index] === 1 || !this.#isOn(index)) {
        continue;
      }
      if (this.#nature.isLoop[index] === 0 || this.#nature.passes.some((pass) => this.seen[pass] !== 0)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the facts say which events were switched off. */
  get isTold(): boolean {
    return this.#isOff !== null;
  }

  /** Whether the facts say that an event was not switched off. */
  isToldOn(index: number): boolean {
    return this.#isOff !== null && this.#isOff[index] !== 1;
  }

  /** Whether one of these events is not in the log. */
  isMissing(resolved: readonly Resolved[]): boolean {
    return resolved.some(({ declaration: { index } }) => this.seen[index] === 0);
  }

  /** How often any of these events was seen, as far as is of use. */
  countOf(resolved: readonly Resolved[]): number {
    return resolved.reduce((sum, { declaration: { index } }) => sum + (this.seen[index] as number), 0);
  }

  /** Whether none of these events is in the log, because all were switched off. */
  isWithout(resolved: readonly Resolved[]): boolean {
    return resolved.length > 0 &&
      resolved.every(({ declaration: { index } }) => this.seen[index] === 0 && !this.#isOn(index));
  }

  /** Whether one of these events is not in the log though others show that it must have come, more than once. */
  lacks(resolved: readonly Resolved[]): boolean {
    return resolved.some(({ declaration: { index } }) =>
      this.seen[index] === 0 &&
      (this.#isOff?.[index] === 1 || this.#isWitnessed(index) || this.#isUsual(index))
    );
  }

  /** Whether every migration has the event, and the log nothing of its family. */
  #isUsual(index: number): boolean {
    return (this.#nature.witnesses[index]?.length ?? 0) > 0 && this.#nature.isPart[index] === 0 &&
      !this.#isOn(index);
  }

  #isWitnessed(index: number): boolean {
    const witnesses = this.#nature.witnesses[index] ?? [];
    return witnesses.some(([witness, least]) => witness !== -1 && (this.seen[witness] as number) >= least);
  }

  /** Whether an event that was not seen is switched on. */
  #isOn(index: number): boolean {
    if (this.#isWitnessed(index)) return false;
    if (this.#isOff?.[index] === 1) return false;
    return this.#seenFamilies[this.#nature.families[index] as number] === 1;
  }
}
