/**
 * Cases of the rules that read `query-migrate` replies, and of those about reasons and endings.
 *
 * @module
 */
import type { LedgerCase } from "./ledger_cases.ts";


const E = "migrate_pending_estimate";
const Q = "qemu_savevm_query_pending";
const T = "migrate_transferred";
const DOWN_START = "vmstate_downtime_checkpoint checkpoint=src-downtime-start";
const DOWN_END = "vmstate_downtime_checkpoint checkpoint=src-downtime-end";
const DONE = "status=completed";

const SYNC = "migration_bitmap_sync_end dirty_pages";
/** Two periods of more than a second, each with more dirty than the link can carry. */
const PERIODS = `${SYNC}=0; +1100ms; ${SYNC}=10000; +1100ms; ${SYNC}=10000`;
const CYCLE = `${T} transferred=100000 time_spent=100 avail_bw=0`;

/** A RAM section that is not done after so many bytes of the cycle. */
function section(bytes: number): string {
  const sent = (total: number) => `migration_transferred_bytes qemu_file=${total} multifd=0 rdma=0`;
  const [start, end] = ["savevm_section_start id=ram", "savevm_section_end id=ram ret=0"];
  return `${sent(0)}; ${T}; ${start}; ${sent(bytes)}; ${end}`;
}

function falls(member: string): LedgerCase {
  return [`? ${member}=5; ? ${member}=5`, `? ${member}=5; ? ${member}=4`];
}

/** By the id of the rule. */
export const REPLY_CASES: Readonly<Record<string, LedgerCase>> = {
  "transferred-never-decreases": falls("ram.transferred"),
  "normal-never-decreases": falls("ram.normal"),
  "duplicate-never-decreases": falls("ram.duplicate"),
  "precopy-bytes-never-decreases": falls("ram.precopy-bytes"),
  "downtime-bytes-never-decreases": falls("ram.downtime-bytes"),
  "postcopy-bytes-never-decreases": falls("ram.postcopy-bytes"),
  "multifd-bytes-never-decreases": falls("ram.multifd-bytes"),
  "dirty-sync-count-never-decreases": falls("ram.dirty-sync-count"),
  "postcopy-requests-never-decreases": falls("ram.postcopy-requests"),
  "total-time-never-decreases": falls("total-time"),
  "throttle-never-decreases": falls("cpu-throttle-percentage"),
  "normal-bytes-is-pages": [
    "? ram.normal-bytes=8192 ram.normal=2 ram.page-size=4096",
    "? ram.normal-bytes=8191 ram.normal=2 ram.page-size=4096",
  ],
  "total-is-constant": [
    "? ram.total=8192 ram.page-size=4096; ? ram.total=8192 ram.page-size=4096",
    "? ram.total=8192 ram.page-size=4096; ? ram.total=4096 ram.page-size=4096",
  ],
  "remaining-within-total": ["? ram.remaining=1 ram.total=1", "? ram.remaining=2 ram.total=1"],
  "remaining-whole-pages": [
    "? ram.remaining=8192 ram.page-size=4096",
    "? ram.remaining=8193 ram.page-size=4096",
  ],
  "downtime-or-expected": ["? total-time=5 downtime=1", "? total-time=5 downtime=1 expected-downtime=1"],
  "sync-count-at-least-one": [
    "? status=active ram.dirty-sync-count=1",
    "? status=active ram.dirty-sync-count=0",
  ],
  "throttle-range": ["? cpu-throttle-percentage=99", "? cpu-throttle-percentage=100"],
  "remaining-zero-when-completed": [`? ${DONE} ram.remaining=0`, `? ${DONE} ram.remaining=4096`],
  "mbps-is-the-average": [
    `? ${DONE} ram.mbps=8 ram.transferred=100000 total-time=101 setup-time=1`,
    `? ${DONE} ram.mbps=9 ram.transferred=100000 total-time=101 setup-time=1`,
  ],
  "total-time-holds-its-parts": [
    `? ${DONE} total-time=10 setup-time=1 downtime=9`,
    `? ${DONE} total-time=10 setup-time=10 downtime=9`,
  ],
  "numbers-are-numbers": [
    "? ram.mbps=1 ram.pages-per-second=1 ram.dirty-pages-rate=0",
    "? ram.mbps=-1 ram.pages-per-second=1 ram.dirty-pages-rate=0",
  ],
  "cache-miss-rate-range": [
    "? xbzrle-cache.cache-miss-rate=0 xbzrle-cache.cache-miss=9 ram.normal=0; ? xbzrle-cache.cache-miss-rate=1.5 xbzrle-cache.cache-miss=15 ram.normal=20",
    "? xbzrle-cache.cache-miss-rate=0 xbzrle-cache.cache-miss=0 ram.normal=0; ? xbzrle-cache.cache-miss-rate=1.5 xbzrle-cache.cache-miss=15 ram.normal=20",
  ],
  "xbzrle-overflow-within-pages": [
    "? xbzrle-cache.overflow=1 xbzrle-cache.pages=1",
    "? xbzrle-cache.overflow=2 xbzrle-cache.pages=1",
  ],
  "no-postcopy-bytes-in-precopy": [`? ${DONE} ram.postcopy-bytes=0`, `? ${DONE} ram.postcopy-bytes=1`],
  "everything-sent-once": [
    `? ${DONE} ram.normal=1 ram.duplicate=1 ram.total=8192 ram.page-size=4096`,
    `? ${DONE} ram.normal=1 ram.duplicate=0 ram.total=8192 ram.page-size=4096`,
  ],
  "phases-cover-pages": [
    `savevm_section_end id=ram; ? ${DONE} ram.precopy-bytes=4112 ram.downtime-bytes=9 ram.normal=1 ram.duplicate=1 ram.page-size=4096`,
    `savevm_section_end id=ram; ? ${DONE} ram.precopy-bytes=4000 ram.downtime-bytes=9 ram.normal=1 ram.duplicate=1 ram.page-size=4096`,
  ],
  "sync-count-is-syncs": [
    `migration_bitmap_sync_end; ? ${DONE} ram.dirty-sync-count=1`,
    `migration_bitmap_sync_end; ? ${DONE} ram.dirty-sync-count=2`,
  ],
  "sync-count-is-exact-counts": [
    `${Q} exact=1 final=0; ? ${DONE} ram.dirty-sync-count=2`,
    `${Q} exact=1 final=0; ? ${DONE} ram.dirty-sync-count=1`,
  ],
  "downtime-is-between-checkpoints": [
    `${DOWN_START}; +20ms; ${DOWN_END}; ? ${DONE} downtime=20`,
    `${DOWN_START}; +20ms; ${DOWN_END}; ? ${DONE} downtime=30`,
  ],
  "total-time-is-between-states": [
    `+100ms; migrate_set_state new_state=completed; migration_thread_after_loop; ? ${DONE} total-time=100`,
    `+100ms; migrate_set_state new_state=completed; migration_thread_after_loop; ? ${DONE} total-time=200`,
  ],
  "pages-add-up": [
    `migration_bitmap_sync_end dirty_pages=0; +10ms; migration_bitmap_sync_end dirty_pages=3; ` +
    `? ${DONE} ram.normal=5 ram.duplicate=0 ram.total=8192 ram.page-size=4096`,
    `migration_bitmap_sync_end dirty_pages=0; +10ms; migration_bitmap_sync_end dirty_pages=3; ` +
    `? ${DONE} ram.normal=4 ram.duplicate=0 ram.total=8192 ram.page-size=4096`,
  ],
  "cancel-ends-soon": [
    "migrate_set_state new_state=active; migrate_set_state new_state=cancelling; +100ms; migrate_set_state new_state=cancelled",
    "migrate_set_state new_state=active; migrate_set_state new_state=cancelling; +10001ms; migrate_set_state new_state=cancelled",
  ],
  "multifd-cancel-ends-soon": [
    "migrate_set_state new_state=active; migrate_set_state new_state=cancelling; +100ms; migrate_set_state new_state=cancelled",
    "migrate_set_state new_state=active; migrate_set_state new_state=cancelling; +10001ms; migrate_set_state new_state=cancelled",
  ],
  "paused-guest-stays-paused": [
    "vm_state_notify running=0 reason_str=finish-migrate; migration_thread_after_loop; vm_state_notify running=1",
    "migration_thread_after_loop; vm_state_notify running=1",
  ],
  "throttle-only-when-outrun": [
    `${PERIODS}; migration_throttle`,
    "migration_bitmap_sync_end dirty_pages=0; migration_throttle",
  ],
  "throttle-when-outrun": [`${PERIODS}; migration_throttle`, `${PERIODS}; migration_bitmap_sync_start`],
  "counters-then-decide": [`${T}; ${E} size=1; savevm_state_iterate`, `${T}; savevm_section_start id=ram; ${E} size=1`],
  "section-ends-above-the-limit": [section(13_500_000), section(13_000_000)],
  "expected-downtime-not-negative": [
    "? status=active expected-downtime=0",
    "? status=active expected-downtime=-1",
  ],
  "expected-downtime-is-remaining": [
    `${E} size=1000000; ${CYCLE}; ${CYCLE}; ? status=active expected-downtime=1000 ram.dirty-pages-rate=5`,
    `${E} size=1000000; ${CYCLE}; ${CYCLE}; ? status=active expected-downtime=999 ram.dirty-pages-rate=5; ${CYCLE}`,
  ],
  "transferred-follows-phases": [
    "? status=active ram.transferred=100 ram.precopy-bytes=100 ram.downtime-bytes=0 ram.postcopy-bytes=0",
    "? status=active ram.transferred=9999999 ram.precopy-bytes=100 ram.downtime-bytes=0 ram.postcopy-bytes=0",
  ],
  "first-estimate-is-total": [`${E} size=8192; ? ram.total=8192`, `${E} size=4096; ? ram.total=8192`],
  "completed-tells-its-times": [
    `? ${DONE} total-time=1 setup-time=0 downtime=1`,
    `? ${DONE} total-time=1 setup-time=0`,
  ],
  "guest-resumes-after-failure": [
    "vm_state_notify running=0 reason_str=finish-migrate; vm_state_notify running=1 reason_str=running",
    "vm_state_notify running=0 reason_str=finish-migrate",
  ],
  "ack-before-the-switchover": [
    "source_return_path_thread_switchover_acked; migration_thread_low_pending",
    "migration_thread_low_pending; source_return_path_thread_switchover_acked",
  ],
  "no-downtime-bytes-while-running": [
    "savevm_section_start; ? status=active ram.downtime-bytes=0 ram.postcopy-bytes=0",
    "savevm_section_start; ? status=active ram.downtime-bytes=9 ram.postcopy-bytes=0",
  ],
  "transferred-exceeds-phases": [
    `? ${DONE} ram.transferred=101 ram.precopy-bytes=90 ram.downtime-bytes=10 ram.multifd-bytes=0`,
    `? ${DONE} ram.transferred=100 ram.precopy-bytes=90 ram.downtime-bytes=10 ram.multifd-bytes=0`,
  ],
  "multifd-pages-are-counted": [
    `multifd_send_ram_fill normal=2 zero=1; ? ${DONE} ram.normal=2 ram.duplicate=1`,
    `multifd_send_ram_fill normal=2 zero=1; ? ${DONE} ram.normal=3 ram.duplicate=1`,
  ],
  "multifd-bytes-are-packets": [
    `multifd_send_thread_start; multifd_send_fill next_packet_size=4096; ? ${DONE} ram.multifd-bytes=5504`,
    `multifd_send_thread_start; multifd_send_fill next_packet_size=4096; ? ${DONE} ram.multifd-bytes=5440`,
  ],
  "exact-iff-below-threshold-8": [
    `${T} size=100; ${E} pre=100; migrate_pending_exact`,
    `${T} size=100; ${E} pre=101; migrate_pending_exact`,
  ],
  "one-section-a-pass": [
    "savevm_state_iterate; savevm_section_start id=ram; savevm_state_iterate; savevm_section_start id=ram",
    "savevm_state_iterate; savevm_section_start id=ram; savevm_section_start id=ram",
  ],
  "mapped-ram-channels-send-no-packets": [
    "multifd_send_thread_end packets=0",
    "multifd_send_thread_end packets=1",
  ],
  "device-section-once": [
    "savevm_section_start section_id=7; vmstate_save; savevm_section_start section_id=8; vmstate_save",
    "savevm_section_start section_id=7; vmstate_save; savevm_section_start section_id=7; vmstate_save",
  ],
  "active-by-setup-complete": [
    "migrate_set_state new_state=active; migration_thread_setup_complete",
    "migration_thread_setup_complete; migrate_set_state new_state=active",
  ],
  "file-error-fails": [
    "migrate_set_state new_state=failed; migration_thread_file_err; migration_cleanup",
    "migration_thread_file_err; migration_cleanup",
  ],
  "cancel-loop-order": [
    "migration_cancel; migration_thread_after_loop; migrate_set_state new_state=cancelling; migration_cleanup",
    "migration_cancel; migration_thread_after_loop; migration_cleanup; migrate_set_state new_state=cancelling",
  ],
  "cancelling-ends-the-loop": [
    `migrate_set_state new_state=cancelling; ${T}`,
    `migrate_set_state new_state=cancelling; ${E}; ${T}`,
  ],
};
