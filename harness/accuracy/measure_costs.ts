/**
 * Physical costs, measured on recordings: what `harness/model/calibration.ts` has as constants.
 *
 * A cost is measured where nothing else hides it: a page that is sent again in a cycle that the limit ended, a sync, the
 * stop of the guest, neighbouring events of one thread. A cost that no such place shows is not measured here.
 *
 * @module
 */
import { type CostName, COSTS } from "../model/mod.ts";
import { catalogOf, type Declaration, type EventView, readLog, type TraceVisitor } from "../trace/mod.ts";
import type { RecordedMeta } from "./recorded_inputs.ts";
import { versionOf } from "./recorded_version.ts";

/** Samples of each cost. Microseconds. */
export type CostSamples = Map<CostName, number[]>;

const PAGE = 4096;
/** A page with its header. */
const FRAMED = 4104;
/** Below this a stretch tells little of a page. */
const PAGES_MIN = 300;
/** A page of a first pass that took longer than this went into memory that the host had to find first. */
const COLD_MICROS = 5;
/** From there on the host has none at hand; so many pages later the huge pages among them can be counted. */
const COLD_PAGES_MIN = 4096;
const HUGE_PAGES = 512;
/** Syncs cost this much more for 1000 pages of RAM. */
const SYNC_PER_1000_PAGES = 0.25;

/** Measures one recording into the samples. */
export function measureCosts(meta: RecordedMeta, source: Uint8Array, into: CostSamples): void {
  const version = versionOf(meta.qemu);
  if (version === null || meta.events === "full") return;
  readLog(catalogOf(version.catalog), source, new CostObserver(meta, version.profile === "11.1", into));
}

/** How the pages of a recording go: which costs their times show. */
function wayOf({ capabilities: { src }, transport, relay_rate }: RecordedMeta, tls: boolean): Way {
  const isOther = ["multifd", "xbzrle", "postcopy-ram", "mapped-ram"].some((name) => src.includes(name));
  if (isOther || relay_rate !== null || transport === "file") return "none";
  if (tls) return "tls";
  return transport === "fd-pipe" || transport === "exec" || transport === "exec-gzip" ? transport : "socket";
}
type Way = "socket" | "fd-pipe" | "exec" | "exec-gzip" | "tls" | "none";

/** What a resent page is made of: the way's own part beside that of a socket. */
const RESENT: Readonly<Record<Exclude<Way, "none">, CostName>> = {
  "socket": "loadWarmPage",
  "fd-pipe": "pipeByte",
  "exec": "execByte",
  "exec-gzip": "gzipPlainPage",
  "tls": "tlsBusy",
};

class CostObserver implements TraceVisitor {
  readonly #isTcg: boolean;
  /** Whether KVM has been seen to empty a dirty ring, which it does in every sync. */
  #isRing = false;
  #way: Way;
  #syncs = 0;
  #pending = 0;
  #sectionAt = 0;
  #sectionPending = 0;
  #syncAt = -1;
  #stopAt = -1;
  #stopped = false;
  #lastName = "";
  #lastAt = 0;

  constructor(readonly meta: RecordedMeta, readonly isNew: boolean, readonly into: CostSamples) {
    this.#isTcg = meta.accel === "tcg";
    this.#way = wayOf(meta, false);
  }

  event(event: EventView): void {
    const { declaration: { name }, at } = event;
    this.#neighbours(name, at);
    switch (name) {
      case "migrate_set_state":
        if (event.text(0) !== "setup") break;
        this.#syncs = 0;
        this.#stopped = false;
        this.#coldPages = this.#coldMicros = 0;
        break;
      case "migration_tls_outgoing_handshake_start":
        this.#way = wayOf(this.meta, true);
        break;
      case "migrate_pending_estimate":
        this.#estimate(event.number(indexOf(event.declaration, "size")), at);
        break;
      case "qemu_savevm_query_pending":
        if (event.number(indexOf(event.declaration, "exact")) === 0) {
          this.#estimate(event.number(indexOf(event.declaration, "total")), at);
        }
        break;
      case "migration_bitmap_sync_start":
        this.#syncAt = at;
        break;
      case "kvm_dirty_ring_flush":
        this.#isRing = true;
        break;
      case "migration_bitmap_sync_end":
        this.#sync(at - this.#syncAt);
        break;
      case "savevm_section_start":
        if (event.text(indexOf(event.declaration, "id")) !== "ram") break;
        this.#sectionAt = at;
        this.#sectionPending = this.#pending;
        break;
      case "savevm_section_end":
        if (event.text(indexOf(event.declaration, "id")) !== "ram" || this.#stopped) break;
        this.#sectionMicros = at - this.#sectionAt;
        this.#sectionEnded = event.number(indexOf(event.declaration, "ret")) === 0;
        break;
      case "vmstate_downtime_checkpoint":
        this.#checkpoint(event.text(0), at);
        break;
    }
    this.#lastName = name;
    this.#lastAt = at;
  }

  #sectionMicros = -1;
  /** Whether the section left anything to be sent. */
  #sectionEnded = false;
  /** Sections of a first pass from the first one on that the host had to find memory for. */
  #coldPages = 0;
  #coldMicros = 0;

  /** An estimate after a section tells how many pages it sent; zero pages among them cost little. */
  #estimate(bytes: number, _at: number): void {
    const pages = (this.#sectionPending - bytes) / PAGE;
    const micros = this.#sectionMicros;
    this.#pending = bytes;
    this.#sectionMicros = -1;
    if (micros < 0 || pages < PAGES_MIN || bytes === 0 || this.#way === "none") return;
    const each = micros / pages;
    if (this.#syncs >= 2) this.#resent(this.#way, each);
    else if (this.#way === "socket") this.#touched(pages, micros);
    else if (this.#way === "exec-gzip" && each > COLD_MICROS * 10) this.#add("gzipRandomPage", each);
  }

  /** A section that touched the destination's memory; the first that waited for it is cold in part only. */
  #touched(pages: number, micros: number): void {
    const isFirst = this.#coldMicros === 0 && micros > COLD_MICROS * pages;
    if (isFirst) this.#coldMicros = Number.EPSILON;
    else if (this.#coldMicros > 0 && this.#sectionEnded) {
      this.#coldPages += pages;
      this.#coldMicros += micros;
    }
  }

  /** The first pass is over. */
  #endTouching(): void {
    if (this.#coldPages < COLD_PAGES_MIN) return;
    const waited = this.#coldMicros - this.#coldPages * COSTS.loadWarmPage;
    this.#add("hugePage", waited * HUGE_PAGES / this.#coldPages);
    this.#coldPages = 0;
  }

  #resent(way: Exclude<Way, "none">, each: number): void {
    this.#add(RESENT[way], each);
  }

  #sync(micros: number): void {
    this.#syncs++;
    this.#endTouching();
    if (this.meta.capabilities.src.includes("auto-converge") || this.#stopped) return;
    const ofSize = SYNC_PER_1000_PAGES * this.meta.ram_mib * 256 / 1000;
    if (this.#syncs === 1) this.#firstSync(micros);
    else if (this.#isTcg) this.#add("syncTcg", micros - ofSize);
    else this.#add(this.#isRing ? "syncRing" : "syncKvm", micros - ofSize);
  }

  #firstSync(micros: number): void {
    if (this.#isTcg) this.#add(this.isNew ? "firstSyncTcgNew" : "firstSyncTcg", micros);
    else if (this.#isRing) this.#add("firstSyncRing", micros);
    else this.#add("firstSyncKvm", micros - COSTS.firstSyncKvmPer1000Pages * this.meta.ram_mib * 256 / 1000);
  }

  #checkpoint(checkpoint: string, at: number): void {
    if (checkpoint === "src-downtime-start") this.#stopAt = at;
    if (checkpoint !== "src-vm-stopped") return;
    this.#stopped = true;
    this.#add(this.#isTcg ? "stopTcg" : "stopKvm", at - this.#stopAt);
  }

  /** Events that follow each other on one thread. */
  #neighbours(name: string, at: number): void {
    const cost = NEIGHBOURS[`${this.#lastName} ${name}`];
    if (cost === undefined) return;
    const isTcp = this.meta.transport === "tcp";
    this.#add(cost === "connectUnix" && isTcp ? "connectTcp" : cost, at - this.#lastAt);
  }

  #add(cost: CostName, value: number): void {
    const list = this.into.get(cost);
    if (list === undefined) this.into.set(cost, [value]);
    else list.push(value);
  }
}

const NEIGHBOURS: Readonly<Record<string, CostName>> = {
  "cpr_state_save migration_socket_outgoing_connected": "connectUnix",
  "migration_rate_limit_post migrate_transferred": "wakeToUpdate",
  "migrate_transferred migrate_pending_estimate": "updateToEstimate",
  "migrate_transferred qemu_savevm_query_pending": "updateToEstimate",
  "migration_bitmap_sync_end migrate_pending_exact": "exactAnswer",
  "migration_bitmap_sync_end qemu_savevm_query_pending": "exactAnswerNew",
  "migration_block_activation migration_precopy_complete": "inactivate",
};

/** The middle of each cost's samples; costs that are a part of a page's time are what is left beside the others. */
export function mediansOf(samples: CostSamples): Map<CostName, number> {
  const medians = new Map<CostName, number>();
  for (const [cost, list] of samples) {
    const sorted = [...list].sort((a, b) => a - b);
    medians.set(cost, sorted[sorted.length >> 1] ?? 0);
  }
  const warm = medians.get("loadWarmPage");
  for (const cost of ["pipeByte", "execByte"] as const) {
    const page = medians.get(cost);
    if (page !== undefined && warm !== undefined) medians.set(cost, Math.max(0, page - warm) / FRAMED);
  }
  // What TLS takes while a vCPU is busy is not split into its two factors here.
  medians.delete("tlsBusy");
  return medians;
}

function indexOf({ args }: Declaration, name: string): number {
  return args.findIndex((argument) => argument.name === name);
}
