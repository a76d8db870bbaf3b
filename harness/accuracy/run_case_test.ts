/**
 * The model beside recordings of the project: what no host's speed changes is equal to the event and to the byte.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { readFiles, recordingsIn } from "./recording_files.ts";
import { type RecordingFiles, runCase } from "./run_case.ts";

const RECORDINGS = [
  "old-machine-type",
  "precopy-bw64-dr31",
  "q111-precopy-bw64-dr31",
  "q35-with-devices",
] as const;

const folderOf = (name: string): string => new URL(`../../recordings/${name}`, import.meta.url).pathname;

function filesOf(name: string): RecordingFiles {
  const files = readFiles(folderOf(name));
  assert(typeof files !== "string", name);
  return files;
}

/** A case of the project's recordings, its `meta.json` changed. */
function compare(name: string, change: (meta: string) => string = (meta) => meta) {
  const files = filesOf(name);
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

Deno.test("a destination that no migration went to has no part in the run", () => {
  const files = filesOf("old-machine-type");
  const waited = new TextEncoder().encode("1@1795191422.622636:migrate_set_state new state setup\n");
  const result = runCase("x", { ...files, destinations: [...files.destinations, waited] });
  assert(result.ok && result.value.comparison.destination.equal);
});

Deno.test("a recording that cannot be read is told in a sentence that names the file", async (t) => {
  const table: [name: string, change: (folder: string) => void, reason: RegExp][] = [
    ["no meta.json", (folder) => Deno.removeSync(`${folder}/meta.json`), /^meta\.json is missing$/],
    ["no qmp.json", (folder) => Deno.removeSync(`${folder}/qmp.json.gz`), /^qmp\.json is missing$/],
    ["no source", (folder) => Deno.removeSync(`${folder}/src.trace.gz`), /^src\.trace is missing$/],
    [
      "no destination",
      (folder) => Deno.removeSync(`${folder}/dst.trace.gz`),
      /^dst\.trace is missing, though that destination was started$/,
    ],
    ["an empty file", (folder) => {
      Deno.removeSync(`${folder}/src.trace.gz`);
      Deno.writeTextFileSync(`${folder}/src.trace`, "");
    }, /^src\.trace is empty$/],
    ["another text", (folder) => {
      Deno.removeSync(`${folder}/src.trace.gz`);
      Deno.writeTextFileSync(`${folder}/src.trace`, "nothing\nof the kind\n");
    }, /^src\.trace has no event of QEMU 10\.0$/],
    ["half a file", (folder) => {
      const packed = Deno.readFileSync(`${folder}/src.trace.gz`);
      Deno.writeFileSync(`${folder}/src.trace.gz`, packed.subarray(0, packed.length / 2));
    }, /^src\.trace\.gz cannot be read: /],
    [
      "no JSON",
      (folder) => Deno.writeTextFileSync(`${folder}/meta.json`, "{"),
      /^meta\.json is no JSON: /,
    ],
    ["a field too few", (folder) => {
      Deno.writeTextFileSync(`${folder}/meta.json`, '{"case": "x"}');
    }, /^meta\.json: qemu: /],
  ];
  for (const [name, change, reason] of table) {
    await t.step(name, () => {
      const folder = Deno.makeTempDirSync();
      for (const file of ["meta.json", "qmp.json.gz", "src.trace.gz", "dst.trace.gz"]) {
        Deno.copyFileSync(`${folderOf("old-machine-type")}/${file}`, `${folder}/${file}`);
      }
      change(folder);
      const files = readFiles(folder);
      const result = typeof files === "string" ? { ok: false as const, error: files } : runCase("x", files);
      Deno.removeSync(folder, { recursive: true });
      assertMatch(result.ok ? "" : result.error, reason);
    });
  }
});

Deno.test("fields that nobody knows change nothing", () => {
  const more = compare("old-machine-type", (meta) => meta.replace("{", '{"later": [1, {}],'));
  assertEquals(more, compare("old-machine-type"));
});

Deno.test("a link to a recording is a recording", () => {
  const folder = Deno.makeTempDirSync();
  const target = new URL("../../recordings/q35-with-devices", import.meta.url).pathname;
  Deno.symlinkSync(target, `${folder}/linked`);
  assertEquals(recordingsIn(folder), ["linked"]);
  assert(typeof readFiles(`${folder}/linked`) !== "string");
  Deno.removeSync(folder, { recursive: true });
});
