/**
 * The model beside recordings of the project: what no host's speed changes is equal to the event and to the byte.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { readFiles, recordingsIn } from "./recording_files.ts";
import { runCase } from "./run_case.ts";

const RECORDINGS = [
  "old-machine-type",
  "precopy-bw64-dr31",
  "q111-precopy-bw64-dr31",
  "q35-with-devices",
] as const;

/** A case of the project's recordings, its `meta.json` changed. */
function compare(name: string, change: (meta: string) => string = (meta) => meta) {
  const files = readFiles(new URL(`../../recordings/${name}`, import.meta.url).pathname);
  assert(typeof files !== "string", name);
  const result = runCase(name, { ...files, meta: change(files.meta) });
  assert(result.ok, result.ok ? "" : result.error);
  return result.value.comparison;
}

Deno.test("sequences, full cycles and zero pages of recordings are those of QEMU", async (t) => {
  for (const name of RECORDINGS) {
    await t.step(name, () => {
      const { source, destination, fullCycles, duplicate } = compare(name);
      assertEquals([source.difference, destination.difference], ["", ""]);
      assert(fullCycles.compared > 2);
      assertEquals(fullCycles.equal, fullCycles.compared);
      assertEquals(duplicate.model, duplicate.real);
    });
  }
});

Deno.test("a recording whose machine or devices are told wrong differs", () => {
  const table: [name: string, change: (meta: string) => string, differs: "destination" | "duplicate"][] = [
    ["old-machine-type", (meta) => meta.replaceAll("pc-i440fx-8.2", "pc"), "destination"],
    ["q35-with-devices", (meta) => meta.replace("virtio-blk-pci", "virtio-rng-pci"), "duplicate"],
  ];
  for (const [name, change, differs] of table) {
    const { destination, duplicate } = compare(name, change);
    assert(differs === "destination" ? !destination.equal : duplicate.model !== duplicate.real, name);
  }
});

Deno.test("a link to a recording is a recording", () => {
  const folder = Deno.makeTempDirSync();
  const target = new URL("../../recordings/q35-with-devices", import.meta.url).pathname;
  Deno.symlinkSync(target, `${folder}/linked`);
  assertEquals(recordingsIn(folder), ["linked"]);
  assert(typeof readFiles(`${folder}/linked`) !== "string");
  Deno.removeSync(folder, { recursive: true });
});
