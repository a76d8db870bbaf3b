/**
 * Syncs in a row: before 11.1 has a threshold each sync is followed by the next, until one finds nothing.
 *
 * @module
 */
import { assert } from "@std/assert";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import { simulate } from "./mod.ts";

const GUEST = { ram_bytes: 192 * 2 ** 20, filled: [{ start_page: 1024, pages: 14_000 }] };

/** dirty-sync-count of an unlimited migration into a file, with several seeds and in order. */
function iterations(microsPerPage: number, more: Partial<ScenarioInput> = {}): number[] {
  const scenario = makeScenario({
    why: "A file takes all at once",
    profile: "11.1",
    guest: GUEST,
    workload: [{ kind: "sweep", start_page: 1024, pages: 6000, rate_pages_per_second: 1e6 / microsPerPage }],
    transport: "file",
    incoming_after_ms: 100,
    parameters: { "max-bandwidth": 0 },
    ...more,
  });
  return Array.from({ length: 15 }, (_, seed) => {
    const { samples } = simulate({ ...scenario, seed }, { trace: false });
    return samples.findLast(({ side }) => side === "source")?.["query-migrate"].ram?.["dirty-sync-count"] ??
      0;
  }).sort((a, b) => a - b);
}

Deno.test("a row of syncs ends where a round is shorter than the guest's wait between two writes", () => {
  const [slow, middling, quick] = [2000, 150, 30].map((micros) => iterations(micros));
  assert(slow !== undefined && middling !== undefined && quick !== undefined);
  // The second sync finds what was written during the first pass, and the third one nothing.
  assert((slow.at(-1) ?? 0) <= 4, `a guest that hardly writes: ${slow}`);
  // Eleven repeats of q111-file-plain and q111-file-mapped-ram by QEMU whose first pass was in time: 3 to 9.
  assert((middling[7] ?? 0) >= 4 && (middling.at(-1) ?? 0) <= 12, `about one write a round: ${middling}`);
  assert((middling[0] ?? 0) < (middling.at(-1) ?? 0), "the host decides which round it is");
  // Only a vCPU that loses its CPU lets a sync find nothing.
  assert((quick[7] ?? 0) > 25, `several writes a round: ${quick}`);
});

Deno.test("KVM's row is as short: it clears no more of its log than a sync has seen", () => {
  // Three runs each of QEMU with a guest under KVM that writes every 300 us: 3 to 5.
  const counts = iterations(300, { guest: { ...GUEST, accelerator: "kvm" } });
  assert((counts.at(-1) ?? 0) <= 6, `${counts}`);
  // One that writes every 60 us loses its CPU sooner or later: 3, 4, 4, 5, 8 and 115.
  const quick = iterations(60, { guest: { ...GUEST, accelerator: "kvm" } });
  assert((quick[7] ?? 0) > 6 && (quick[7] ?? 0) < 400, `${quick}`);
});

Deno.test("a row's rounds take no longer with more RAM: the log is in the processor's caches", () => {
  const [small, large] = [2 ** 27, 2 ** 30].map((ram_bytes) =>
    iterations(150, { guest: { ...GUEST, ram_bytes, filled: [{ start_page: 1024, pages: 6000 }] } })[7] ?? 0
  );
  assert(small !== undefined && large !== undefined && Math.abs(large - small) <= 3, `${small} and ${large}`);
});

Deno.test("10.0 has no such row: with nothing left it asks no more", () => {
  const counts = iterations(30, { profile: "10.0" });
  assert(counts.every((count) => count === counts[0]) && (counts[0] ?? 0) <= 3, `${counts}`);
});
