/**
 * What each race place takes out of a sequence, and what it leaves.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { compareSequences } from "./compare_runs.ts";
import { RACE_PLACES, splitRaces } from "./race_places.ts";

const words = (text: string): string[] => text.split(", ").filter(Boolean);
const START = "migrate_set_state setup, migration_thread_setup_complete";
const CYCLE =
  "savevm_state_iterate, savevm_section_start ram, savevm_section_end ram, migration_rate_limit_pre";
const END = "migration_thread_after_loop";

Deno.test("splitRaces takes races out and leaves the rest in order", async (t) => {
  const table: [
    because: string,
    side: "source" | "destination",
    names: string,
    main: string,
    apart: string,
  ][] = [
    [
      "the return path thread",
      "source",
      "savevm_state_header, source_return_path_thread_entry, savevm_state_setup",
      "savevm_state_header, savevm_state_setup",
      "source_return_path_thread_entry",
    ],
    [
      "the error that the return path thread reports",
      "source",
      "migrate_error, migration_return_path_end_before, migrate_error, source_return_path_thread_bad_end",
      "migrate_error, migration_return_path_end_before",
      "migrate_error, source_return_path_thread_bad_end",
    ],
    [
      "a cancel, with the cycle it falls into",
      "source",
      `${START}, ${CYCLE}, migrate_transferred, savevm_state_iterate, migration_cancel, ${END}`,
      `${START}, ${CYCLE}, migrate_transferred, ${END}`,
      "migration_cancel",
    ],
    [
      "a cancel that catches a channel as it writes",
      "source",
      `${START}, ${CYCLE}, migrate_transferred, savevm_state_iterate, multifd_send_fill 1, migration_cancel, ` +
      `migrate_set_state cancelling, multifd_send_error 1, migrate_error, savevm_section_end ram, ${END}, multifd_send_error 0`,
      `${START}, ${CYCLE}, migrate_transferred, ${END}`,
      "multifd_send_fill 1, migration_cancel, migrate_set_state cancelling",
    ],
    [
      "no channel's error that nobody has cancelled",
      "source",
      `${START}, ${CYCLE}, migrate_transferred, multifd_send_error 1, migrate_error, migrate_set_state failed, ${END}`,
      `${START}, ${CYCLE}, migrate_transferred, migrate_error, migrate_set_state failed, ${END}`,
      "multifd_send_error 1",
    ],
    [
      "the end of a cycle that no wait ended",
      "source",
      "savevm_section_end ram, multifd_send_fill 1, migrate_transferred, savevm_section_end ram, migration_rate_limit_post, migrate_transferred",
      "savevm_section_end ram, savevm_section_end ram, migration_rate_limit_post, migrate_transferred",
      "multifd_send_fill 1",
    ],
    [
      "where in a section the channels are synced",
      "source",
      "savevm_section_start ram, multifd_send_sync_main_signal, multifd_send_sync_main, savevm_section_end ram",
      "savevm_section_start ram, savevm_section_end ram",
      "multifd_send_sync_main_signal, multifd_send_sync_main",
    ],
    [
      "the last cycle of the first of two migrations",
      "source",
      `${START}, savevm_state_iterate, ${END}, ${START}, ${CYCLE}, vmstate_downtime_checkpoint src-downtime-start`,
      `${START}, ${END}, ${START}, ${CYCLE}, vmstate_downtime_checkpoint src-downtime-start`,
      "",
    ],
    [
      "the throttle's timer with its sync, not the sync of the loop",
      "source",
      "cpu_throttle_dirty_sync, migration_bitmap_sync_start, migration_bitmap_sync_end, migration_bitmap_sync_start, a",
      "migration_bitmap_sync_start, a",
      "cpu_throttle_dirty_sync, migration_bitmap_sync_start, migration_bitmap_sync_end",
    ],
    [
      "a step of the throttle",
      "source",
      "migration_bitmap_sync_end, migration_throttle, cpu_throttle_set 20, a",
      "migration_bitmap_sync_end, a",
      "migration_throttle, cpu_throttle_set 20",
    ],
    ["a big wait", "source", "a, ram_save_iterate_big_wait, b", "a, b", ""],
    [
      "a clear of the log",
      "source",
      "a, migration_bitmap_clear_dirty, b",
      "a, b",
      "migration_bitmap_clear_dirty",
    ],
    [
      "a load that is cut off",
      "destination",
      "loadvm_state_setup, qemu_loadvm_state_section 2, ram_load_start, ram_load_complete, qemu_loadvm_state_post_main",
      "loadvm_state_setup, qemu_loadvm_state_post_main",
      "",
    ],
    [
      "a load that is cut off while KVM's threads empty their rings",
      "destination",
      "loadvm_state_setup, ram_load_start, ram_load_complete, kvm_dirty_ring_reaper, ram_load_start, a",
      "loadvm_state_setup, a",
      "",
    ],
    [
      "the last cycle with a full ring in it",
      "source",
      `${START}, savevm_state_iterate, kvm_dirty_ring_full, migration_rate_limit_pre, ${END}`,
      `${START}, ${END}`,
      "",
    ],
    [
      "nothing of a load that came to its end",
      "destination",
      "qemu_loadvm_state_section 2, ram_load_start, ram_load_complete, qemu_loadvm_state_section 3",
      "qemu_loadvm_state_section 2, ram_load_start, ram_load_complete, qemu_loadvm_state_section 3",
      "",
    ],
  ];
  for (const [because, side, names, main, apart] of table) {
    await t.step(because, () => {
      const lanes = splitRaces(side, words(names));
      assertEquals(lanes.main, words(main));
      assertEquals([...lanes.places.values()].flat(), words(apart));
    });
  }
});

Deno.test("the steps of a throttle may be more in one run, but are the same", () => {
  const names = (...steps: number[]) => ["a", ...steps.map((step) => `cpu_throttle_set ${step}`), "b"];
  const agree = (ours: string[], theirs: string[]) => compareSequences("source", [ours], [theirs]).equal;
  assert(agree(names(20, 30), names(20, 30, 40)));
  assert(agree(names(20, 30, 40), names(20, 30)));
  assert(!agree(names(20, 40), names(20, 30)));
  assert(!agree([...names(20), "c"], names(20)));
});

Deno.test("every race place has a reason of its own", () => {
  assertEquals(new Set(RACE_PLACES.map(({ id }) => id)).size, RACE_PLACES.length);
  for (const { reason } of RACE_PLACES) assert(reason.length > 30);
});
