/**
 * Reading a recording's meta.json and qmp.json.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readMeta, readQmp } from "./read_recording.ts";

const set = (state: boolean) => ({ capabilities: [{ capability: "auto-converge", state }] });
const ENTRIES = [
  { t: 1, side: "src", cmd: "migrate-set-capabilities", args: set(true), ret: {} },
  { t: 2, side: "src", cmd: "migrate-set-parameters", args: { "max-bandwidth": 5 }, ret: {} },
  {
    t: 2.5,
    side: "src",
    cmd: "migrate-set-parameters",
    args: { "max-bandwidth": -1 },
    error: { class: "x" },
  },
  { t: 3, side: "src", cmd: "migrate", args: { uri: "unix:a" }, ret: {} },
  { t: 3.0000015, side: "src", rt: 3.1, sample: { status: "active" } },
  { t: 4, side: "src", cmd: "query-status", ret: {} },
  { t: 5, side: "dst2", sample: { status: "active" } },
  { t: 6, side: "src", cmd: "migrate-set-parameters", args: { "downtime-limit": 9, "list": [] }, ret: {} },
  { t: 7, side: "src", cmd: "migrate_cancel", error: { class: "x" } },
];

Deno.test("readQmp tells what was set before the migration from what came later", () => {
  const read = readQmp(JSON.stringify({ entries: ENTRIES }));
  assert(read.ok);
  assertEquals(read.value.facts, {
    capabilities: { "auto-converge": true },
    parameters: { "max-bandwidth": 5 },
    guestRan: true,
    actions: [
      { at: 3_000_000, command: "migrate" },
      { at: 6_000_000, command: "migrate-set-parameters", parameters: { "downtime-limit": 9 } },
    ],
  });
  assertEquals(read.value.samples, [
    { t_us: 3_000_002, side: "source", "query-migrate": { status: "active" } },
    { t_us: 5_000_000, side: "destination", "query-migrate": { status: "active" } },
  ]);
});

Deno.test("readQmp takes samples line by line, as run --stats writes them", () => {
  const line = `{"t_us": 7, "side": "source", "query-migrate": {"status": "setup"}}\n`;
  const read = readQmp(line + line);
  assert(read.ok);
  assertEquals(read.value.samples.length, 2);
  const bad = readQmp(line + `{"t_us": 7, "side": "middle"}\n`);
  assert(!bad.ok);
  assertEquals(bad.error.at.line, 2);
});

Deno.test("readQmp and readMeta refuse what is no recording, with a reason", () => {
  for (const text of ["", "[]", "{", `{"entries": [{"t": "x"}]}`, "\u0000", "[".repeat(100_000)]) {
    const read = readQmp(text);
    assert(!read.ok, text.slice(0, 20));
    assert(read.error.reason.length > 0);
  }
  const meta = readMeta(`{"qemu": 5}`);
  assert(!meta.ok);
  assertStringIncludes(meta.error.reason, "qemu");
});

Deno.test("readMeta reads version, accelerator and transport", () => {
  const read = readMeta(`{"qemu": "10.0.2 (Debian)", "accel": "kvm", "transport": "exec-gzip"}`);
  assert(read.ok);
  assertEquals(read.value, { version: "10.0.2", accelerator: "kvm", transport: "exec" });
});
