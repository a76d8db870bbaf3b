/**
 * Real recordings: every line must be an event that prints back as it stands. CI has all of them; a bare clone skips.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { catalogOf, FLAG, keep, type LineShape, LogReader, type OtherView, printLine } from "./mod.ts";
import { needsShared } from "./testdata/shared.ts";

const { at: RECORDINGS, ignore, skipped } = needsShared("recordings/");

function sameBytes(text: string, bytes: Uint8Array): boolean {
  let at = text.length === bytes.length ? text.length : -2;
  while (--at >= 0 && text.charCodeAt(at) === bytes[at]);
  return at === -1;
}

/** As the document writes numbers: 1,234,567. */
function counted(count: number): string {
  return count.toLocaleString("en-US");
}

/** Events that have two readings in real traces, and why nothing in the text decides. */
const EXPLAINED: ReadonlyMap<string, string> = new Map([
  ["vmstate_save_state_loop", "`/` stands in description names too: `virtio_pci/modern_queue_state/used[1]`"],
  [
    "vmstate_subsection_save_loop",
    "the subsection's name begins with its owner's: `cpu/cpu/poll_control_msr`",
  ],
  [
    "vmstate_subsection_load_bad",
    "the section that was found has a `/`: `fw_cfg/dma: fw_cfg/acpi_mr/(prefix)`",
  ],
  ["vmstate_load_state_end", "names have blanks: `APM State end/0`"],
  ["qemu_announce_self_iter", "the MAC address is full of the separator: `_:e1000.0:52:54:00:12:34:57:0`"],
]);

Deno.test({
  name: `every recording reads whole and prints back${skipped}`,
  ignore,
  fn() {
    const folders = [...Deno.readDirSync(RECORDINGS)].filter((entry) => entry.isDirectory).map(({ name }) =>
      name
    );
    const ambiguous = new Map<string, number>();
    let [traces, events] = [0, 0];
    for (const folder of folders.sort()) {
      const isNew = folder.startsWith("q111-");
      const catalog = catalogOf(isNew ? "11.1" : folder.startsWith("q72-") ? "7.2" : "10.0");
      const shape: LineShape = isNew ? "iso" : "tid";
      for (const { name } of Deno.readDirSync(new URL(`${folder}/`, RECORDINGS))) {
        if (!name.endsWith(".trace.gz")) continue;
        const log = gunzipSync(Deno.readFileSync(new URL(`${folder}/${name}`, RECORDINGS)));
        const others: string[] = [];
        traces++;
        let offset = 0;
        const reader = new LogReader(catalog, {
          event(event) {
            events++;
            if (event.offset !== offset) {
              others.push(`${name}:${event.line}: not adjacent to the item before`);
            }
            offset += event.length;
            if ((event.flags & FLAG.ambiguous) !== 0) {
              const { name } = event.declaration;
              ambiguous.set(name, (ambiguous.get(name) ?? 0) + 1);
            }
            const printed = printLine(keep(event), shape);
            const line = log.subarray(event.offset, event.offset + event.length);
            if (!sameBytes(printed, line)) others.push(`${name}:${event.line}: does not print back`);
          },
          other(item: OtherView) {
            others.push(`${name}:${item.line}:${item.column}: ${item.kind} ${item.text()}`);
          },
        });
        reader.push(log);
        reader.end();
        assertEquals(others, [], folder);
        assertEquals(offset, log.length, `${folder}/${name} is covered`);
      }
    }
    assertEquals([...ambiguous.keys()].filter((name) => !EXPLAINED.has(name)), []);
    const said = [
      `In ${traces} traces of ${folders.length} recordings (${counted(events)} events;`,
      ...[...ambiguous].map(([name, count]) => `\`${name}\` ${counted(count)} (`),
    ];
    const document = Deno.readTextFileSync(new URL("../../docs/trace-format.md", import.meta.url))
      .replace(/\s+/g, " ");
    assertEquals(
      said.filter((text) => !document.includes(text)),
      [],
      "docs/trace-format.md has other numbers",
    );
  },
});
