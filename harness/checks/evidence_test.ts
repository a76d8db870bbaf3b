/**
 * Sums that are found wrong at the end only: the evidence shows a line all the same.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { readLog, type Side } from "../trace/mod.ts";
import { catalogFor } from "./catalog_for.ts";
import { Judge } from "./judge.ts";

const RECORDING = "postcopy-limited";
const PRECOPY = "precopy-bw64-dr31";

/** What is left out or doubled: the first line that has this. */
type Row = readonly [
  rule: string,
  recording: string,
  of: Side,
  part: string,
  change: "without" | "twice",
  shown: string,
];

const TABLE: readonly Row[] = [
  ["loads-are-sections", PRECOPY, "destination", ":vmstate_load ", "twice", "vmstate_load"],
  [
    "downtime-load-after-full",
    PRECOPY,
    "destination",
    "type=non-iterable",
    "without",
    "qemu_loadvm_state_section",
  ],
  [
    "downtime-load-after-end",
    PRECOPY,
    "destination",
    "type=iterable",
    "without",
    "qemu_loadvm_state_section",
  ],
  ["ram-sections-arrive", PRECOPY, "destination", ":ram_load_complete ", "twice", "ram_load_complete"],
  [
    "devices-all-arrive",
    PRECOPY,
    "destination",
    ":qemu_loadvm_state_section 4",
    "twice",
    "qemu_loadvm_state_section",
  ],
  [
    "discards-arrive",
    RECORDING,
    "destination",
    ":loadvm_postcopy_ram_handle_discard_header ",
    "twice",
    "loadvm_postcopy_ram_handle_discard_header",
  ],
  [
    "sync-count-is-syncs",
    PRECOPY,
    "source",
    ":migration_bitmap_sync_end ",
    "twice",
    "migration_bitmap_sync_end",
  ],
];

for (const [id, recording, of, part, change, shown] of TABLE) {
  Deno.test(`${id} shows a line where ${part.trim()} is there ${change === "twice" ? "twice" : "no more"}`, () => {
    const judge = new Judge({ version: "10.0" });
    const catalog = catalogFor("10.0");
    const total = { status: "completed", ram: { "dirty-sync-count": 1 } };
    judge.sample({ t_us: 2e15, side: "source", "query-migrate": total });
    for (const [side, file] of [["source", "src"], ["destination", "dst"]] as const) {
      const bytes = gunzipSync(Deno.readFileSync(`recordings/${recording}/${file}.trace.gz`));
      const lines = bytes.toString("latin1").split("\n");
      const at = lines.findIndex((line) => side === of && line.includes(part));
      if (side === of) assert(at !== -1, `${part} is in the recording`);
      const line = lines[at] ?? "";
      const changed = side === of
        ? lines.toSpliced(at, 1, ...(change === "twice" ? [line, line] : []))
        : lines;
      readLog(catalog, changed.join("\n"), judge.side(side, catalog));
    }
    const verdict = judge.finish().verdicts.find(({ rule }) => rule.id === id);
    assertEquals([verdict?.outcome, verdict?.evidence.at(-1)?.at?.name], ["fail", shown]);
  });
}
