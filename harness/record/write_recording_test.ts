/**
 * What is written of a recording is read back as the same.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { RunFacts, Sample } from "../trace/mod.ts";
import { joinFacts, readMeta, readQmp, writeRecording } from "./mod.ts";

const SAMPLES: readonly Sample[] = [
  { t_us: 1_700_000_000_123_457, side: "source", "query-migrate": { status: "active", ram: { normal: 7 } } },
  { t_us: 1_700_000_000_200_001, side: "destination", "query-migrate": { status: "completed" } },
];

const CASES: readonly (readonly [what: string, facts: RunFacts])[] = [
  ["nothing is known", {}],
  ["the version", { version: "10.0" }],
  ["what was switched off", { unlogged: ["ram_save_page", "savevm_state_iterate"] }],
  ["that nothing was switched off", { unlogged: [] }],
  ["capabilities and parameters", {
    version: "11.1",
    accelerator: "kvm",
    transport: "tcp",
    capabilities: { xbzrle: true, multifd: false },
    parameters: { "max-bandwidth": 1e9, "tls-creds": "" },
  }],
  ["actions, and a guest that was stopped", {
    capabilities: {},
    guestRan: false,
    actions: [
      { at: 1_700_000_000_000_003, command: "migrate" },
      { at: 1_700_000_001_000_007, command: "migrate-set-parameters", parameters: { "downtime-limit": 900 } },
      { at: 1_700_000_002_000_009, command: "migrate_cancel" },
    ],
  }],
];

Deno.test("writeRecording writes what readMeta and readQmp read back as the same", async (t) => {
  for (const [what, facts] of CASES) {
    await t.step(what, () => {
      const { meta, qmp } = writeRecording(facts, SAMPLES);
      const [readFacts, read] = [readMeta(meta), readQmp(qmp)];
      if (!readFacts.ok || !read.ok) throw new Error(`${meta}${qmp}`);
      assertEquals(joinFacts(readFacts.value, read.value.facts), facts);
      assertEquals(read.value.samples, SAMPLES);
    });
  }
});
