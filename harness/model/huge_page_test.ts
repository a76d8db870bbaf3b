/**
 * RAM of huge pages: where the section waits, what a cycle holds, and when the time is looked at.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import { simulate } from "./mod.ts";

type Backend = NonNullable<NonNullable<ScenarioInput["guest"]>["memory_backend"]>;

/** The guest of a recorded migration of QEMU 10.0.2: 128 MiB, 6000 pages filled, a limit of 32 MiB/s. */
function tracedBy(memory_backend: Backend | null) {
  const { source } = simulate(makeScenario({
    why: "huge pages",
    guest: { ram_bytes: 2 ** 27, memory_backend, filled: [{ start_page: 1024, pages: 6000 }] },
    workload: [{ kind: "sweep", start_page: 1024, pages: 3000, rate_pages_per_second: 3000 }],
    parameters: { "max-bandwidth": 33_554_432 },
  }));
  return source.map(({ declaration: { name }, values }) => ({ name, values: values.map(String) }));
}

Deno.test("cycles of huge pages hold whole write calls, since no section ends in them (their recording)", () => {
  const cycles = (backend: Backend): (string | undefined)[] =>
    tracedBy(backend).filter(({ name }) => name === "migrate_transferred").map(({ values }) => values[0])
      .slice(0, 7);
  assertEquals(cycles({ id: "mem", page_bytes: 2097152 }), ["3423614", ...Array(6).fill("3414528")]);
});

Deno.test("the time of a section is looked at after 64 huge pages, and then it was too long", () => {
  const waits = tracedBy({ id: "mem", page_bytes: 2097152 }).filter(({ name }) =>
    name === "ram_save_iterate_big_wait"
  );
  assertEquals(waits.map(({ values }) => values.at(-1)), ["64"]);
});

Deno.test("the object's name is the RAMBlock's, and small pages wait between sections", () => {
  const trace = tracedBy({ id: "mem", page_bytes: 4096 });
  const names = trace.map(({ name }) => name);
  assertEquals(trace.find(({ name }) => name === "migration_bitmap_clear_dirty")?.values[0], "mem");
  assertEquals(names[names.indexOf("migration_rate_limit_pre") - 1], "savevm_section_end");
  const first = trace.find(({ name }) => name === "migrate_transferred")?.values[0];
  const plain = tracedBy(null).find(({ name }) => name === "migrate_transferred")?.values[0];
  assertEquals(Number(plain) - Number(first), 2 * ("pc.ram".length - "mem".length));
});
