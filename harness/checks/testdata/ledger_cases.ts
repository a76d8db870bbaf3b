/**
 * For every rule that is a ledger: a smallest trace that keeps it, and one that breaks it.
 *
 * @module
 */
import { REPLY_CASES } from "./reply_cases.ts";

/** `[kept, broken]`, in the words of `trace_words.ts`; the migration's beginning and end are added. */
export type LedgerCase = readonly [kept: string, broken: string];

const E = "migrate_pending_estimate";
const X = "migrate_pending_exact";
const Q = "qemu_savevm_query_pending";
const T = "migrate_transferred";
const S_RUN = "S:vm_state_notify running=1 reason_str=running";
const S_STOP = "S:vm_state_notify running=0 reason_str=finish-migrate";
const D_RUN = "D:vm_state_notify running=1 reason_str=running";
export const LEDGER_CASES: Readonly<Record<string, LedgerCase>> = {
  "cancelled-after-cleanup": [
    "savevm_state_header; savevm_state_cleanup; migrate_set_state new_state=cancelled",
    "savevm_state_header; migrate_set_state new_state=cancelled; savevm_state_cleanup",
  ],
  "cancelling-one-section": [
    "migrate_set_state new_state=cancelling; savevm_section_start id=ram",
    "migrate_set_state new_state=cancelling; savevm_section_start id=ram; savevm_section_start id=ram",
  ],
  "first-sync-finds-nothing": [
    "migration_bitmap_sync_end dirty_pages=0; migration_bitmap_sync_end dirty_pages=7",
    "migration_bitmap_sync_end dirty_pages=7",
  ],
  "estimate-before-iterate": [`${E}; savevm_state_iterate`, `${E}; ${E}; savevm_state_iterate`],
  "big-wait-arithmetic": [
    "ram_save_iterate_big_wait milliconds|milliseconds=51 iterations=128",
    "ram_save_iterate_big_wait milliconds|milliseconds=51 iterations=127",
  ],
  "rate-limit-wait-range": ["migration_rate_limit_pre ms=100", "migration_rate_limit_pre ms=101"],
  "cycle-at-least-100-ms": [`${T} time_spent=100`, `${T} time_spent=99`],
  "bandwidth-arithmetic": [
    `${T} transferred=1001 time_spent=100 bandwidth=10`,
    `${T} transferred=1001 time_spent=100 bandwidth=11`,
  ],
  "bandwidth-arithmetic-mbit": [
    `${T} transferred=6829074 time_spent=100 bandwidth=546`,
    `${T} transferred=6829074 time_spent=100 bandwidth=547`,
  ],
  "exact-iff-below-threshold": [
    `${T} size=100; ${E} size=99; ${X}`,
    `${T} size=100; ${E} size=100; ${X}`,
  ],
  "exact-iff-at-most-threshold": [
    `${T} size=100; ${Q} exact=0 final=0 precopy=100 stopcopy=0; ${Q} exact=1 final=0`,
    `${T} size=100; ${Q} exact=0 final=0 precopy=101 stopcopy=0; ${Q} exact=1 final=0`,
  ],
  "pending-is-its-parts": [`${E} size=3 pre=1 post=2`, `${E} size=4 pre=1 post=2`],
  "pending-all-precopy": [`${E} post=0`, `${E} post=4096`],
  "pending-all-postcopy": [`${E} pre=0`, `${E} pre=4096`],
  "pending-whole-pages": [`${E} size=8192`, `${E} size=8193`],
  "first-estimate-is-all": [`${E} size=8192; ${E} size=4096`, `${E} size=4096; ${E} size=8192`],
  "estimates-only-fall": [
    `${E} size=4096; ${E} size=4096`,
    `${E} size=4096; ${E} size=8192`,
  ],
  "exact-only-adds": [`${E} size=4096; ${X} size=8192`, `${E} size=8192; ${X} size=4096`],
  "low-pending-is-the-last-size": [
    `${E} size=4096; migration_thread_low_pending pending=4096`,
    `${E} size=4096; migration_thread_low_pending pending=0`,
  ],
  "low-pending-below-threshold": [
    `${T} size=9000; migration_thread_low_pending pending=8192`,
    `${T} size=8000; migration_thread_low_pending pending=8192`,
  ],
  "low-pending-is-taken": [
    `${T} size=100; ${X} size=4096; savevm_state_iterate`,
    `${T} size=9000; ${X} size=4096; savevm_state_iterate`,
  ],
  "ram-done-leaves-nothing": [
    `savevm_section_end id=ram ret=1; ${E} size=0`,
    `savevm_section_end id=ram ret=1; ${E} size=4096`,
  ],
  "threshold-arithmetic": [
    `${T} transferred=1001 time_spent=100 size=3003`,
    `${T} transferred=1001 time_spent=100 size=3000`,
  ],
  "threshold-is-a-multiple-of-bandwidth": [
    `${T} transferred=6829074 time_spent=100 size=20487222`,
    `${T} transferred=6829074 time_spent=100 size=20487223`,
  ],
  "threshold-arithmetic-claimed": [`${T} avail_bw=1000 size=300000`, `${T} avail_bw=1000 size=300001`],
  "threshold-arithmetic-claimed-double": [`${T} size=322122547`, `${T} size=322122300`],
  "switchover-bandwidth-as-claimed": [`${T} avail_bw=0`, `${T} avail_bw=5`],
  "switchover-bandwidth-measured": [
    `${T} transferred=1001 time_spent=100 avail_bw=10`,
    `${T} transferred=1001 time_spent=100 avail_bw=11`,
  ],
  "cycle-within-limit-multifd": [
    `${T} transferred=1; ${T} transferred=15000000`,
    `${T} transferred=1; ${T} transferred=99000000`,
  ],
  "cycle-within-limit": [
    `${T} transferred=1; ${T} transferred=13500000`,
    `${T} transferred=1; ${T} transferred=14500000`,
  ],
  "one-sync-in-the-stop": [
    "migration_precopy_complete; migration_bitmap_sync_end; migrate_set_state new_state=completed",
    "migration_precopy_complete; migrate_set_state new_state=completed",
  ],
  "final-only-adds": [
    `migration_thread_low_pending pending=4096; ${Q} exact=1 final=1 total=8192`,
    `migration_thread_low_pending pending=8192; ${Q} exact=1 final=1 total=4096`,
  ],
  "final-is-what-is-sent": [
    `${Q} exact=1 final=1 total=8192; ram_save_complete dirty_pages=2 done=0`,
    `${Q} exact=1 final=1 total=8192; ram_save_complete dirty_pages=3 done=0`,
  ],
  "ram-complete-leaves-nothing": [
    "ram_save_complete dirty_pages=0 done=1",
    "ram_save_complete dirty_pages=1 done=1",
  ],
  "device-saved-under-its-id": [
    "savevm_section_start id=fdc; vmstate_save idstr=fdc",
    "savevm_section_start id=fdc; vmstate_save idstr=hpet",
  ],
  "section-id-names-one": [
    "savevm_section_start section_id=7 id=fdc; savevm_section_end section_id=7 id=fdc",
    "savevm_section_start section_id=7 id=fdc; savevm_section_end section_id=7 id=hpet",
  ],
  "sections-end-well": ["savevm_section_end ret=0", "savevm_section_end ret=-5"],
  "device-times-fit": [
    "vmstate_downtime_save downtime=0; vmstate_downtime_save downtime=5",
    "vmstate_downtime_checkpoint checkpoint=src-vm-stopped; vmstate_downtime_save downtime=90000; " +
    "vmstate_downtime_checkpoint checkpoint=src-non-iterable-saved",
  ],
  "throttle-starts-at-initial": [
    "cpu_throttle_set new_throttle_pct=20",
    "cpu_throttle_set new_throttle_pct=30",
  ],
  "throttle-only-rises": [
    "cpu_throttle_set new_throttle_pct=20; cpu_throttle_set new_throttle_pct=30",
    "cpu_throttle_set new_throttle_pct=30; cpu_throttle_set new_throttle_pct=20",
  ],
  "throttle-within-maximum": [
    "cpu_throttle_set new_throttle_pct=99",
    "cpu_throttle_set new_throttle_pct=100",
  ],
  "throttle-step": [
    "cpu_throttle_set new_throttle_pct=20; cpu_throttle_set new_throttle_pct=30",
    "cpu_throttle_set new_throttle_pct=20; cpu_throttle_set new_throttle_pct=31",
  ],
  "throttle-every-second-period": [
    "migration_bitmap_sync_end; migration_bitmap_sync_end; migration_throttle",
    "migration_bitmap_sync_end; migration_throttle",
  ],
  "timer-not-in-the-first-pass": [
    "migration_bitmap_sync_end; migration_bitmap_sync_end; cpu_throttle_dirty_sync",
    "migration_bitmap_sync_end; cpu_throttle_dirty_sync",
  ],
  "one-way-to-throttle": [
    "migration_throttle; migration_throttle",
    "migration_throttle; migration_dirty_limit_guest",
  ],
  "pages-in-one-sweep": [
    "ram_save_page offset=8192; ram_save_page offset=12288; ram_save_page offset=4096",
    "ram_save_page offset=8192; ram_save_page offset=12288; ram_save_page offset=8192",
  ],
  "chunk-arithmetic": [
    "migration_bitmap_clear_dirty start=0 size=1073741824 page=5",
    "migration_bitmap_clear_dirty start=0 size=8192 page=5",
  ],
  "traced-bytes-never-decrease": [
    "migration_transferred_bytes qemu_file=9000000 multifd=0; migration_transferred_bytes qemu_file=9000001 multifd=0",
    "migration_transferred_bytes qemu_file=9000000 multifd=0; migration_transferred_bytes qemu_file=1 multifd=0",
  ],
  "cycles-add-up": [
    `migration_transferred_bytes qemu_file=10 multifd=0; ${T} transferred=10`,
    `migration_transferred_bytes qemu_file=10 multifd=0; ${T} transferred=9`,
  ],
  "no-limit-no-wait": [`${T}`, "migration_rate_limit_pre"],
  "return-path-one-message-a-turn": [
    "source_return_path_thread_loop_top; source_return_path_thread_pong",
    "source_return_path_thread_loop_top; source_return_path_thread_pong; source_return_path_thread_pong",
  ],
  "shut-zero-when-completed": [
    "source_return_path_thread_shut val=0",
    "source_return_path_thread_shut val=1",
  ],
  "pong-is-four-bytes": [
    "migrate_send_rp_message msg_type=2 len=4",
    "migrate_send_rp_message msg_type=2 len=5",
  ],
  "nothing-after-channel-end": [
    "multifd_send_fill id=0; multifd_send_thread_end id=0",
    "multifd_send_thread_end id=0; multifd_send_fill id=0",
  ],
  "packets-numbered-from-zero": [
    "multifd_send_fill packet_num=1; multifd_send_fill packet_num=0",
    "multifd_send_fill packet_num=0; multifd_send_fill packet_num=2",
  ],
  "packets-rise-sent": [
    "multifd_send_fill id=0 packet_num=1; multifd_send_fill id=0 packet_num=2",
    "multifd_send_fill id=0 packet_num=2; multifd_send_fill id=0 packet_num=1",
  ],
  "packets-rise-received": [
    "multifd_recv_unfill id=0 packet_num=1; multifd_recv_unfill id=0 packet_num=2",
    "multifd_recv_unfill id=0 packet_num=2; multifd_recv_unfill id=0 packet_num=2",
  ],
  "sync-packet-is-empty": [
    "multifd_send_fill flags=1 next_packet_size=0",
    "multifd_send_fill flags=1 next_packet_size=4096",
  ],
  "sync-packet-arrives-empty": [
    "multifd_recv_unfill flags=1 next_packet_size=0",
    "multifd_recv_unfill flags=1 next_packet_size=4096",
  ],
  "packet-pages-fit": [
    "multifd_send_ram_fill normal=100 zero=28",
    "multifd_send_ram_fill normal=100 zero=29",
  ],
  "packet-size-is-its-pages": [
    "multifd_send_ram_fill id=0 normal=2; multifd_send_fill id=0 flags=0 next_packet_size=8192",
    "multifd_send_ram_fill id=0 normal=2; multifd_send_fill id=0 flags=0 next_packet_size=4096",
  ],
  "data-packet-was-filled": [
    "multifd_send_ram_fill id=0; multifd_send_fill id=0 flags=0",
    "multifd_send_ram_fill id=0; multifd_send_fill id=1 flags=0",
  ],
  "sync-signals-in-order": [
    "multifd_send_sync_main_signal id=0; multifd_send_sync_main_signal id=1; multifd_send_sync_main_wait id=0; " +
    "multifd_send_sync_main_wait id=1; multifd_send_sync_main",
    "multifd_send_sync_main_signal id=1; multifd_send_sync_main_signal id=0",
  ],
  "sync-packet-per-channel": [
    "multifd_send_sync_main_signal id=0; multifd_send_fill flags=1",
    "multifd_send_sync_main_signal id=0; multifd_send_sync_main_signal id=1; multifd_send_fill flags=1",
  ],
  "receive-sync-waits-then-signals": [
    "multifd_recv_sync_main_wait; multifd_recv_sync_main_signal; multifd_recv_sync_main",
    "multifd_recv_sync_main_wait; multifd_recv_sync_main_signal; multifd_recv_sync_main_wait",
  ],
  "thread-end-counts-packets": [
    "multifd_send_fill id=0; multifd_send_thread_end id=0 packets=1",
    "multifd_send_fill id=0; multifd_send_thread_end id=0 packets=2",
  ],
  "multifd-sync-outside-iterate": [
    "savevm_state_setup; multifd_send_sync_main",
    "savevm_state_setup; savevm_section_end; multifd_send_sync_main",
  ],
  "discard-counts": [
    "postcopy_discard_send_range; qemu_savevm_send_postcopy_ram_discard; postcopy_discard_send_finish nwords=1 ncmds=1",
    "postcopy_discard_send_range; qemu_savevm_send_postcopy_ram_discard; postcopy_discard_send_finish nwords=2 ncmds=1",
  ],
  "discard-command-full": [
    "qemu_savevm_send_postcopy_ram_discard len=12",
    "qemu_savevm_send_postcopy_ram_discard len=13",
  ],
  "postcopy-completes-on-nothing": [
    "migration_thread_low_pending pending=0",
    "migration_thread_low_pending pending=4096",
  ],
  "estimate-falls-in-postcopy": [
    `postcopy_preempt_enabled; ${E} size=8192; ${E} size=4096`,
    `postcopy_preempt_enabled; ${E} size=4096; ${E} size=8192`,
  ],
  "request-count-adds-up": [
    "postcopy_page_req_add count=1; postcopy_page_req_del count=0",
    "postcopy_page_req_add count=1; postcopy_page_req_del count=1",
  ],
  "no-request-left": [
    "postcopy_page_req_add count=1; postcopy_page_req_del count=0",
    "postcopy_page_req_add count=1",
  ],
  "page-placed-once": [
    "postcopy_place_page host_addr=4096; postcopy_place_page host_addr=8192",
    "postcopy_place_page host_addr=4096; postcopy_place_page host_addr=4096",
  ],
  "zero-page-placed-once": [
    "postcopy_place_page_zero host_addr=4096; postcopy_place_page_zero host_addr=8192",
    "postcopy_place_page_zero host_addr=4096; postcopy_place_page_zero host_addr=4096",
  ],
  "first-request-names-its-block": [
    "migrate_send_rp_message msg_type=3; migrate_send_rp_message msg_type=4",
    "migrate_send_rp_message msg_type=4",
  ],
  "request-whole-pages": [
    "migrate_handle_rp_req_pages start=4096 len=4096",
    "migrate_handle_rp_req_pages start=4096 len=100",
  ],
  "preempt-sends-what-is-queued": [
    "ram_save_queue_pages len=4096; postcopy_preempt_send_host_page",
    "ram_save_queue_pages len=4096; postcopy_preempt_send_host_page; postcopy_preempt_send_host_page",
  ],
  "dequeued-was-queued": [
    "ram_save_queue_pages len=4096; get_queued_page",
    "get_queued_page",
  ],
  "dequeue-arithmetic": [
    "get_queued_page tmp_offset=8192 page_abs=2",
    "get_queued_page tmp_offset=8192 page_abs=3",
  ],
  "requests-counted": [
    "migrate_handle_rp_req_pages; ? ram.postcopy-requests=1 downtime=3",
    "migrate_handle_rp_req_pages; ? ram.postcopy-requests=2 downtime=3",
  ],
  "blocktime-left-never-negative": [
    "postcopy_blocktime_end_one left_faults=0",
    "postcopy_blocktime_end_one left_faults=-1",
  ],
  "old-blocktime-once-a-page": [
    "mark_postcopy_blocktime_end; postcopy_place_page",
    "mark_postcopy_blocktime_end; mark_postcopy_blocktime_end; postcopy_place_page",
  ],
  "colo-primary-changes": [
    "colo_vm_state_change old=stop new=run; colo_vm_state_change old=run new=stop",
    "colo_vm_state_change old=stop new=run; colo_vm_state_change old=stop new=run",
  ],
  "colo-secondary-changes": [
    "colo_vm_state_change old=stop new=run; colo_vm_state_change old=run new=stop",
    "colo_vm_state_change old=stop new=run; colo_vm_state_change old=stop new=run",
  ],
  "page-hash-differs": [
    "calc_page_dirty_rate new_hash=1 old_hash=2",
    "calc_page_dirty_rate new_hash=2 old_hash=2",
  ],
  "section-types-known": [
    "qemu_loadvm_state_section section_type=4",
    "qemu_loadvm_state_section section_type=5",
  ],
  "part-was-introduced": [
    "qemu_loadvm_state_section_startfull section_id=2; qemu_loadvm_state_section_partend section_id=2",
    "qemu_loadvm_state_section_startfull section_id=2; qemu_loadvm_state_section_partend section_id=3",
  ],
  "loaded-under-its-name": [
    "qemu_loadvm_state_section_startfull idstr=fdc; vmstate_load idstr=fdc",
    "qemu_loadvm_state_section_startfull idstr=fdc; vmstate_load idstr=hpet",
  ],
  "load-has-a-section": [
    "qemu_loadvm_state_section_startfull section_id=2 idstr=ram; vmstate_load idstr=ram",
    "qemu_loadvm_state_section_startfull section_id=2 idstr=ram; vmstate_load idstr=ram; vmstate_load idstr=ram",
  ],
  "ram-load-counts": [
    "ram_load_complete seq_iter=1; ram_load_complete seq_iter=2",
    "ram_load_complete seq_iter=1; ram_load_complete seq_iter=3",
  ],
  "ram-load-without-error": ["ram_load_complete ret=0", "ram_load_complete ret=-22"],
  "load-error-fails": [
    "process_incoming_migration_co_end ret=0; migrate_set_state new_state=completed",
    "process_incoming_migration_co_end ret=-22; migrate_set_state new_state=completed",
  ],
  "load-error-is-told": [
    "qemu_loadvm_state_post_main ret=-22; process_incoming_migration_co_end ret=-22",
    "qemu_loadvm_state_post_main ret=-22; process_incoming_migration_co_end ret=0",
  ],
  "downtime-load-after-full": [
    "qemu_loadvm_state_section section_type=4; vmstate_downtime_load type=non-iterable",
    "vmstate_downtime_load type=non-iterable",
  ],
  "downtime-load-after-end": [
    "qemu_loadvm_state_section section_type=3; vmstate_downtime_load type=iterable",
    "qemu_loadvm_state_section section_type=3",
  ],
  "discard-whole-ranges": [
    "loadvm_postcopy_ram_handle_discard_header len=192",
    "loadvm_postcopy_ram_handle_discard_header len=100",
  ],
  "package-received-whole": [
    "loadvm_handle_cmd_packaged length=9; loadvm_handle_cmd_packaged_received ret=9",
    "loadvm_handle_cmd_packaged length=9; loadvm_handle_cmd_packaged_received ret=8",
  ],
  "package-succeeds": [
    "loadvm_handle_cmd_packaged_main ret=1",
    "loadvm_handle_cmd_packaged_main ret=0",
  ],
  "ram-sections-arrive": [
    "S:savevm_section_end id=ram; D:ram_load_complete; D:ram_load_complete",
    "S:savevm_section_end id=ram; D:ram_load_complete",
  ],
  "devices-all-arrive": [
    "S:vmstate_save; D:qemu_loadvm_state_section section_type=4",
    "S:vmstate_save; S:vmstate_save; D:qemu_loadvm_state_section section_type=4",
  ],
  "discards-arrive": [
    "S:qemu_savevm_send_postcopy_ram_discard len=2; D:loadvm_postcopy_ram_handle_discard_header len=32",
    "S:qemu_savevm_send_postcopy_ram_discard len=2; D:loadvm_postcopy_ram_handle_discard_header len=16",
  ],
  "one-guest-after-completion": [`${S_STOP}; ${D_RUN}`, `${D_RUN}`],
  "one-guest-after-cancel": [`${S_STOP}; ${S_RUN}`, `${S_STOP}; ${S_RUN}; ${D_RUN}`],
  "one-guest-after-failure": [`${S_STOP}; ${S_RUN}`, `${S_STOP}; ${S_RUN}; ${D_RUN}`],
  "one-guest-outside-colo": [`${S_STOP}; ${S_RUN}`, `${S_STOP}; ${S_RUN}; ${D_RUN}`],
  "some-guest-after-completion": [
    `${S_STOP}; ${D_RUN}`,
    `${S_STOP}; D:migrate_set_state new_state=failed`,
  ],
  ...REPLY_CASES,
};

/** Parameters that a case needs besides QEMU's defaults. */
export const CASE_PARAMETERS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "threshold-arithmetic-claimed": { "avail-switchover-bandwidth": 1000000 },
  "threshold-arithmetic-claimed-double": { "avail-switchover-bandwidth": 1073741824 },
  "no-limit-no-wait": { "max-bandwidth": 0 },
};
