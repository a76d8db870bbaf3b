/**
 * Whose event comes next: by threads where the log tells them, by roles where it tells the process alone.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { catalogOf, readLog } from "../trace/mod.ts";
import { Judge, RULES } from "./mod.ts";

/** How often "the wait is one step" is broken by a sync within the wait; each line is `THREAD EVENT`. */
function violations(lines: readonly string[]): number {
  const rules = RULES.filter(({ id }) => id === "rate-limit-is-one-step");
  const catalog = catalogOf("11.1");
  const judge = new Judge({ version: "11.1" }, { rules });
  const begin = ["7 migrate_set_state new state setup", "7 savevm_state_header "];
  const text = [...begin, ...lines].map((line, at) => line.replace(" ", `@1.00000${at}:`));
  readLog(catalog, text.map((line) => `${line}\n`).join(""), judge.side("source", catalog));
  return judge.finish().verdicts[0]?.violations ?? -1;
}

const WAIT = "7 migration_rate_limit_pre 90 ms";
const AFTER = "7 migration_rate_limit_post urgent: 0";
const TIMER = "cpu_throttle_dirty_sync ";
const SYNC = ["migration_bitmap_sync_start ", "migration_bitmap_sync_end dirty_pages 5"];

Deno.test("the timer's sync in a wait is the main loop's, also where its id is that of the process", () => {
  const by = (thread: number, events: readonly string[]) => events.map((event) => `${thread} ${event}`);
  assertEquals(violations([WAIT, ...by(7, SYNC), AFTER]), 1, "the migration thread syncs while it waits");
  assertEquals(violations([WAIT, ...by(8, [TIMER, ...SYNC]), AFTER]), 0, "another thread does");
  assertEquals(violations([WAIT, ...by(7, [TIMER, ...SYNC]), AFTER]), 0, "one id for all threads");
});

/** How often "a part is numbered next" is broken on a destination whose log names no thread. */
function unnumbered(lines: readonly string[]): number {
  const rules = RULES.filter(({ id }) => id === "section-part-is-numbered");
  const catalog = catalogOf("11.1");
  const judge = new Judge({ version: "11.1" }, { rules });
  const begin = [
    "migrate_set_state new state setup",
    "loadvm_state_setup ",
    "qemu_loadvm_state_post_main 0",
    "loadvm_state_cleanup ",
  ];
  readLog(
    catalog,
    [...begin, ...lines].map((line) => `${line}\n`).join(""),
    judge.side("destination", catalog),
  );
  return judge.finish().verdicts[0]?.violations ?? -1;
}

const PART = ["qemu_loadvm_state_section 2", "qemu_loadvm_state_section_partend 3"];
const LISTEN = "postcopy_ram_listen_thread_start ";
const UNPACKED = "loadvm_handle_cmd_packaged_main 0";

Deno.test("in postcopy two threads read until the package is loaded, and then the listen thread alone", () => {
  const [part = "", number = ""] = PART;
  const mains = "qemu_loadvm_state_section 4";
  assertEquals(unnumbered([...PART, part, mains, number]), 1, "one thread, in the wrong order");
  assertEquals(unnumbered([...PART, LISTEN, part, mains, number, UNPACKED]), 0, "two threads");
  assertEquals(unnumbered([...PART, LISTEN, UNPACKED, part, mains, number]), 1, "the listen thread alone");
  assertEquals(
    unnumbered([...PART, LISTEN, UNPACKED, part, "qemu_loadvm_state_post_main 0", number]),
    0,
    "main ends",
  );
});
