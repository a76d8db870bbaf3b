/**
 * Fragments of real logs that rules once took for wrong: each is what QEMU does, and must raise no alarm.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { readLog, type Side } from "../trace/mod.ts";
import { catalogFor } from "./catalog_for.ts";
import { Judge } from "./judge.ts";

interface Fragment {
  readonly what: string;
  readonly version: string;
  readonly side: Side;
  /** The rule that took it for wrong. */
  readonly rule: string;
  readonly lines: readonly string[];
}

const FRAGMENTS: readonly Fragment[] = [
  {
    what: "a channel fails the migration in its setup, and traces that when the thread has seen it already",
    version: "10.0",
    side: "source",
    rule: "active-by-setup-complete",
    lines: [
      "migrate_set_state new state setup",
      "8@multifd_send_error channel 0",
      "migration_thread_setup_complete ",
      "8@migrate_set_state new state failed",
      "migration_thread_after_loop ",
      "6@migration_cleanup ",
    ],
  },
  {
    what:
      "a channel has failed the migration when the thread finds the stream broken, and traces that a little later",
    version: "10.0",
    side: "source",
    rule: "file-error-fails",
    lines: [
      "migrate_set_state new state setup",
      "migrate_set_state new state active",
      "migrate_error error=Broken pipe",
      "migration_thread_file_err ",
      "8@migrate_set_state new state failed",
      "migration_thread_after_loop ",
      "6@migration_cleanup ",
    ],
  },
  {
    what: "a thread has left its loop when the cancel that made it do so is traced",
    version: "10.0",
    side: "source",
    rule: "cancel-loop-order",
    lines: [
      "migrate_set_state new state setup",
      "migrate_set_state new state active",
      "6@migration_cancel ",
      "migration_thread_after_loop ",
      "6@migrate_set_state new state cancelling",
      "6@migration_cleanup ",
      "6@savevm_state_cleanup ",
      "6@migrate_set_state new state cancelled",
    ],
  },
  {
    what: "a cancel comes between the thread's look at the state and the end of the cycle",
    version: "10.0",
    side: "source",
    rule: "cancelling-ends-the-loop",
    lines: [
      "migrate_set_state new state setup",
      "migrate_set_state new state active",
      "savevm_section_end ram, section_id 1 -> 0",
      "migration_cancel ",
      "migrate_set_state new state cancelling",
      "migrate_transferred transferred 932559 time_spent 137 bandwidth 6806 switchover_bw 0 max_size 2041800",
      "migration_thread_after_loop ",
      "migration_cleanup ",
      "savevm_state_cleanup ",
      "migrate_set_state new state cancelled",
    ],
  },
  {
    what: "11.1 takes the threshold from a rate in Mbit/s, and its rounding with it",
    version: "11.1",
    side: "source",
    rule: "threshold-arithmetic",
    lines: [
      "migrate_set_state new state setup",
      "migrate_transferred transferred 6452442 time_spent 100 bandwidth 516 switchover_bw 64524 max_size 19357325",
    ],
  },
  {
    what: "11.1 takes the switchover bandwidth from there, too",
    version: "11.1",
    side: "source",
    rule: "switchover-bandwidth-measured",
    lines: [
      "migrate_set_state new state setup",
      "migrate_transferred transferred 932559 time_spent 137 bandwidth 54 switchover_bw 6806 max_size 2042099",
    ],
  },
  {
    what: "a second migrate_cancel while the first is carried out says cancelling again",
    version: "10.0",
    side: "source",
    rule: "cancelling-once",
    lines: [
      "migrate_set_state new state setup",
      "migrate_set_state new state active",
      "migration_cancel ",
      "migrate_set_state new state cancelling",
      "migration_thread_after_loop ",
      "migration_cancel ",
      "migrate_set_state new state cancelling",
      "migration_cleanup ",
      "savevm_state_cleanup ",
      "migrate_set_state new state cancelled",
    ],
  },
  {
    what: "a process that exits in postcopy cancels its migration",
    version: "10.0",
    side: "source",
    rule: "source-states-10.0",
    lines: [
      "migrate_set_state new state setup",
      "migrate_set_state new state active",
      "migrate_set_state new state device",
      "migrate_set_state new state postcopy-active",
      "migration_cancel ",
      "migrate_set_state new state cancelling",
    ],
  },
  {
    what: "a setup that cannot be written fails after active",
    version: "10.0",
    side: "source",
    rule: "setup-complete-after-active",
    lines: [
      "migrate_set_state new state setup",
      "savevm_state_header ",
      "savevm_state_setup ",
      "migration_bitmap_sync_start ",
      "migration_bitmap_sync_end dirty_pages 0",
      "migrate_set_state new state active",
      "migrate_set_state new state failed",
      "migration_thread_after_loop ",
      "migration_cleanup ",
      "savevm_state_cleanup ",
    ],
  },
  {
    what: "the operator runs the guest on after its state went to a file",
    version: "10.0",
    side: "source",
    rule: "guest-stays-stopped-after-completion",
    lines: [
      "vm_state_notify running 1 reason 9 (running)",
      "migrate_set_state new state setup",
      "migrate_set_state new state active",
      "runstate_set current_run_state 9 (running) new_state 7 (finish-migrate)",
      "vm_state_notify running 0 reason 7 (finish-migrate)",
      "migrate_set_state new state device",
      "migrate_set_state new state completed",
      "runstate_set current_run_state 7 (finish-migrate) new_state 5 (postmigrate)",
      "runstate_set current_run_state 5 (postmigrate) new_state 9 (running)",
      "vm_state_notify running 1 reason 9 (running)",
    ],
  },
  {
    what: "a resume that cannot connect leaves postcopy paused for the next",
    version: "10.0",
    side: "source",
    rule: "connect-failure-sends-nothing",
    lines: [
      "migrate_set_state new state setup",
      "migrate_set_state new state active",
      "migrate_set_state new state device",
      "migrate_set_state new state postcopy-active",
      "migrate_set_state new state postcopy-paused",
      "migrate_set_state new state postcopy-recover-setup",
      "migration_socket_outgoing_error error=Failed to connect",
      "migrate_set_state new state postcopy-paused",
      "migrate_set_state new state postcopy-recover-setup",
      "migration_socket_outgoing_connected hostname=(null)",
      "migrate_set_state new state postcopy-recover",
      "migrate_set_state new state postcopy-active",
      "migrate_set_state new state completed",
      "migration_thread_after_loop ",
    ],
  },
  {
    what: "a dirty-rate measurement began before the migration",
    version: "10.0",
    side: "source",
    rule: "dirty-rate-states",
    lines: [
      "dirtyrate_set_state new state measuring",
      "migrate_set_state new state setup",
      "migrate_set_state new state active",
      "dirtyrate_calculate dirty rate: 12 MB/s",
      "dirtyrate_set_state new state measured",
    ],
  },
  {
    what: "who was migrated to migrates on",
    version: "10.0",
    side: "destination",
    rule: "destination-states",
    lines: [
      "migrate_set_state new state setup",
      "migrate_set_state new state active",
      "loadvm_state_setup ",
      "migrate_set_state new state completed",
      "migrate_set_state new state setup",
      "savevm_state_header ",
      "savevm_state_setup ",
      "migrate_set_state new state active",
      "migrate_set_state new state device",
      "migrate_set_state new state completed",
    ],
  },
  {
    what: "a savevm goes from setup to completed",
    version: "10.0",
    side: "source",
    rule: "source-states-10.0",
    lines: [
      "runstate_set current_run_state 9 (running) new_state 10 (save-vm)",
      "vm_state_notify running 0 reason 10 (save-vm)",
      "migrate_set_state new state setup",
      "savevm_state_header ",
      "savevm_state_setup ",
      "savevm_state_cleanup ",
      "migrate_set_state new state completed",
    ],
  },
  {
    what: "a device of postcopy's package that the destination lacks",
    version: "10.0",
    side: "destination",
    rule: "section-is-loaded",
    lines: [
      "migrate_set_state new state setup",
      "migrate_set_state new state active",
      "qemu_loadvm_state_section 4",
      "qemu_loadvm_state_section_startfull 29(port92) 0 1",
      "vmstate_load port92, port92",
      "qemu_loadvm_state_section 4",
      "qemu_loadvm_state_section_startfull 38(0000:00:02.0/virtio-net) 0 11",
      "loadvm_handle_cmd_packaged_main -22",
    ],
  },
  {
    what: "a channel that broke while the migration thread began a pass",
    version: "11.1",
    side: "source",
    rule: "iterate-opens-a-section",
    lines: [
      "migrate_set_state new state setup",
      "migrate_set_state new state active",
      "savevm_state_iterate ",
      "savevm_section_start ram, section_id 1",
      "savevm_section_end ram, section_id 1 -> 0",
      "savevm_state_iterate ",
      "migrate_set_state new state postcopy-paused",
    ],
  },
];

/** All lines as thread 7 wrote them, or the one that a line begins with, a millisecond apart. */
function asLog({ lines }: Fragment): string {
  return lines.map((line, index) => {
    const [, thread = "7", text = ""] = /^(?:(\d+)@)?(.*)$/.exec(line) ?? [];
    return `${thread}@${(1 + index / 1000).toFixed(6)}:${text}\n`;
  }).join("");
}

for (const fragment of FRAGMENTS) {
  Deno.test(`${fragment.rule} leaves alone: ${fragment.what}`, () => {
    const { version, side, rule } = fragment;
    const judge = new Judge({ version, capabilities: {}, parameters: {} });
    const catalog = catalogFor(version);
    readLog(catalog, asLog(fragment), judge.side(side, catalog));
    const { verdicts, sides } = judge.finish();
    const found = verdicts.find(({ rule: { id } }) => id === rule);
    assertEquals(sides.map(({ events }) => events), [fragment.lines.length]);
    assertEquals([found?.outcome === "fail", found?.note], [false, found?.note]);
  });
}
