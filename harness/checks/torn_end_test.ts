/**
 * A log that was cut within a line: what the last line says may be a part of what QEMU wrote, and no rule trusts it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { readLog, type Side } from "../trace/mod.ts";
import { catalogFor } from "./catalog_for.ts";
import { Judge } from "./judge.ts";

const LOGS: readonly (readonly [name: string, file: string, side: Side, version: string])[] = [
  ["precopy-bw64-dr31", "src", "source", "10.0"],
  ["precopy-bw64-dr31", "dst", "destination", "10.0"],
  ["q111-precopy-bw64-dr31", "src", "source", "11.1"],
  ["q72-precopy", "src", "source", "7.2"],
];

/** Which rules the start of a log breaks. */
function brokenBy(log: Uint8Array, side: Side, version: string): string[] {
  const judge = new Judge({ version });
  const catalog = catalogFor(version);
  readLog(catalog, log, judge.side(side, catalog));
  return judge.finish().verdicts.filter(({ outcome }) => outcome === "fail").map(({ rule }) => rule.id);
}

for (const [name, file, side, version] of LOGS) {
  Deno.test(`a log that ends within any of its lines breaks no rule: ${name}, ${side}`, () => {
    const log = gunzipSync(Deno.readFileSync(`recordings/${name}/${file}.trace.gz`));
    for (let end = log.indexOf(10); end !== -1; end = log.indexOf(10, end + 1)) {
      const torn = log.subarray(0, end - 1);
      const last = torn.toString("latin1").slice(torn.lastIndexOf(10) + 1);
      assertEquals(brokenBy(torn, side, version), [], last);
    }
  });
}

Deno.test("a last line without its newline is counted as incomplete, not as an event", () => {
  const judge = new Judge({ version: "10.0" });
  const catalog = catalogFor("10.0");
  readLog(
    catalog,
    "1@1.000000:migrate_set_state new state setup\n1@1.000001:migrate_set_state new state act",
    judge.side("source", catalog),
  );
  const [{ events, others, migrations }] = judge.finish().sides as [
    ReturnType<Judge["finish"]>["sides"][number],
  ];
  assertEquals([events, others.incomplete, migrations[0]?.status], [1, 1, "setup"]);
});

Deno.test("a log that ends between two migrations is not held against what is told of the second", () => {
  const log = [
    "1@1.000000:migrate_set_state new state setup",
    "1@1.100000:migrate_set_state new state active",
    "1@1.200000:migrate_set_state new state completed",
    "",
  ].join("\n");
  const told = [[1.15, "active", 40], [1.25, "completed", 90], [1.9, "active", 10], [
    2.5,
    "completed",
    50,
  ]] as const;
  const judge = new Judge({ version: "10.0" });
  for (const [seconds, status, time] of told) {
    const query = {
      status,
      "total-time": time,
      [status === "active" ? "expected-downtime" : "downtime"]: 300,
      ram: { transferred: time * 1000 },
    };
    judge.sample({ t_us: seconds * 1e6, side: "source", "query-migrate": query });
  }
  const catalog = catalogFor("10.0");
  readLog(catalog, log, judge.side("source", catalog));
  const { verdicts } = judge.finish();
  assertEquals(verdicts.filter(({ outcome }) => outcome === "fail").map(({ rule }) => rule.id), []);
});
