/**
 * Whole runs: beside a recording, twice the same, and every way for a migration to end.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { parseScenario, PROFILE_NAMES, type Scenario, type ScenarioInput } from "../scenario/mod.ts";
import { catalogOf, keep, printLog, readLog, type TraceRecord } from "../trace/mod.ts";
import { simulate, type SimulatedRun } from "./mod.ts";

const ROOT = new URL("../../", import.meta.url);

function scenarioOf(input: Partial<ScenarioInput>): Scenario {
  const parsed = parseScenario(JSON.stringify({ why: "a test", ...input }), "test");
  assert(parsed.ok, parsed.ok ? "" : JSON.stringify(parsed.error));
  return parsed.value;
}

function committedScenario(name: string): Scenario {
  const parsed = parseScenario(Deno.readTextFileSync(new URL(`scenarios/${name}.json`, ROOT)), name);
  assert(parsed.ok);
  return parsed.value;
}

async function recording(name: string, side: "src" | "dst"): Promise<TraceRecord[]> {
  const file = await Deno.open(new URL(`recordings/${name}/${side}.trace.gz`, ROOT));
  const log = new Uint8Array(
    await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer(),
  );
  const records: TraceRecord[] = [];
  readLog(catalogOf("10.0"), log, { event: (event) => void records.push(keep(event)) });
  return records;
}

/** The names of events, immediate repeats of up to a dozen lines merged: the sequence without its cycles. */
function sequence(records: readonly TraceRecord[]): string[] {
  const names: string[] = [];
  for (const { declaration } of records) {
    names.push(declaration.name);
    for (let length = 1; length <= 12 && 2 * length <= names.length; length++) {
      const last = names.slice(-length);
      if (last.every((name, index) => name === names[names.length - 2 * length + index])) {
        names.length -= length;
        length = 0;
      }
    }
  }
  return names;
}

/** One argument of every event of a name. */
function argument(records: readonly TraceRecord[], event: string, index: number): unknown[] {
  return records.filter(({ declaration }) => declaration.name === event).map(({ values }) => values[index]);
}

const SWEEP = { kind: "sweep", start_page: 1024, pages: 8000, rate_pages_per_second: 5000 } as const;
const SMALL = {
  guest: { ram_bytes: 67108864, filled: [{ start_page: 1024, pages: 10000 }] },
  workload: [SWEEP],
  parameters: { "max-bandwidth": 33554432 },
} as const;

Deno.test("simulate follows the recording precopy-bw64-dr31: events of both sides, and every cycle to the byte", async () => {
  const run = simulate(committedScenario("recording_precopy_bw64_dr31"));
  const source = await recording("precopy-bw64-dr31", "src");
  assertEquals(sequence(run.source), sequence(source));
  assertEquals(sequence(run.destination), sequence(await recording("precopy-bw64-dr31", "dst")));
  const bytes = argument(source, "migrate_transferred", 0);
  assertEquals(bytes.length, 22);
  assertEquals(argument(run.source, "migrate_transferred", 0), bytes);
});

Deno.test("simulate gives the same bytes again, and another trace for another seed", () => {
  const random = { ...SWEEP, kind: "random" } as const;
  const run = (seed: number): string => {
    const { source, destination } = simulate(scenarioOf({ ...SMALL, workload: [random], seed }));
    return printLog(source, "tid") + printLog(destination, "tid");
  };
  assertEquals(run(7), run(7));
  assertNotEquals(run(7), run(8));
});

Deno.test("simulate comes to the same figures without a trace and without samples", () => {
  const scenario = scenarioOf(SMALL);
  const { outcome } = simulate(scenario);
  assertEquals(simulate(scenario, { trace: false }).outcome, outcome);
  assertEquals(simulate(scenario, { trace: false, samples: false }).outcome, outcome);
  assertEquals(simulate(scenario, { trace: false }).source, []);
});

Deno.test("simulate sends every page that was dirty or became dirty, under every profile", () => {
  for (const profile of PROFILE_NAMES) {
    const { outcome, source } = simulate(scenarioOf({ ...SMALL, profile }));
    assertEquals(outcome.source, "completed", profile);
    assertEquals(outcome.remainingPages, 0);
    const perPeriod = argument(source, "migration_bitmap_sync_end", 0).map(Number);
    const total = 16384 + 130;
    const becameDirty = outcome.normalPages + outcome.duplicatePages - total;
    assert(becameDirty > 0 && becameDirty <= perPeriod.reduce((sum, pages) => sum + pages, 0), profile);
  }
});

type Ending = readonly [
  source: string,
  destination: string,
  runsOnSource: boolean,
  runsOnDestination: boolean,
];

function endingOf({ outcome }: SimulatedRun): Ending {
  return [outcome.source, outcome.destination, outcome.guestRuns.source, outcome.guestRuns.destination];
}

Deno.test("simulate ends a migration as QEMU does", async (t) => {
  const cancel = { execute: "migrate_cancel", at_ms: 5 } as const;
  const slow = {
    link: { rate_bytes_per_second: 2_000_000 },
    parameters: { "avail-switchover-bandwidth": 4e9 },
  };
  const pause = { capabilities: { "pause-before-switchover": true } };
  const table: [because: string, input: Partial<ScenarioInput>, ending: Ending][] = [
    ["it converges", {}, ["completed", "completed", false, true]],
    ["with a return path", { capabilities: { "return-path": true } }, [
      "completed",
      "completed",
      false,
      true,
    ]],
    ["cancelled while active", { operator: [{ ...cancel, at_ms: 300 }] }, [
      "cancelled",
      "failed",
      true,
      false,
    ]],
    // Nothing tells the destination: the end of the connection is not carried either.
    [
      "cancelled in an outage",
      {
        link: { steps: [{ at_ms: 200, rate_bytes_per_second: 0 }] },
        operator: [{ ...cancel, at_ms: 1200 }],
      },
      ["cancelled", "active", true, false],
    ],
    [
      "cancelled before the switchover",
      { ...pause, operator: [{ ...cancel, from: "pre-switchover" }] },
      ["cancelled", "failed", true, false],
    ],
    [
      "continued before the switchover",
      { ...pause, operator: [{ execute: "migrate-continue", at_ms: 50, from: "pre-switchover" }] },
      ["completed", "completed", false, true],
    ],
    // The defect that QEMU has: the recordings cancel-device* end with two running guests.
    [
      "cancelled in the device phase",
      { ...slow, operator: [{ ...cancel, from: "device" }] },
      ["cancelled", "completed", true, true],
    ],
    [
      "the destination dies",
      { faults: [{ kind: "destination-dies", at_ms: 200 }] },
      ["failed", "active", true, false],
    ],
    ["the network is cut", { faults: [{ kind: "network-cut", at_ms: 200 }] }, [
      "failed",
      "failed",
      true,
      false,
    ]],
    ["nobody listens", { faults: [{ kind: "no-listener", at_ms: 0 }] }, ["failed", "none", true, false]],
    [
      "nobody takes the call, and it is cancelled",
      {
        faults: [{ kind: "not-accepted", at_ms: 300 }],
        operator: [{ ...cancel, at_ms: 100 }],
      },
      ["cancelled", "none", true, false],
    ],
    ["the source dies", { faults: [{ kind: "source-dies", at_ms: 200 }] }, ["active", "failed", true, false]],
    ["yanked while active", { operator: [{ execute: "yank", at_ms: 200 }] }, [
      "failed",
      "failed",
      true,
      false,
    ]],
    [
      "yanked in the device phase, out of band",
      { ...slow, operator: [{ execute: "yank", at_ms: 5, from: "device" }] },
      ["failed", "failed", true, false],
    ],
    [
      "another machine type",
      { faults: [{ kind: "destination-refuses", at_ms: 0 }] },
      ["failed", "failed", true, false],
    ],
    [
      "another RAM size",
      { faults: [{ kind: "destination-refuses", section: "ram", at_ms: 0 }] },
      ["failed", "failed", true, false],
    ],
    // Another defect that QEMU has: dst-missing-device ends with no guest at all, unless there is a return path.
    [
      "a device that the destination lacks",
      { faults: [{ kind: "destination-refuses", section: "globalstate", at_ms: 0 }] },
      ["completed", "failed", false, false],
    ],
    [
      "a device that the destination lacks, with a return path",
      {
        faults: [{ kind: "destination-refuses", section: "globalstate", at_ms: 0 }],
        capabilities: { "return-path": true },
      },
      ["failed", "failed", true, false],
    ],
    [
      "migrated again after a cancel",
      { operator: [{ ...cancel, at_ms: 200 }, { execute: "migrate", at_ms: 500 }] },
      ["completed", "completed", false, true],
    ],
    ["the guest is stopped", { operator: [{ execute: "stop", at_ms: 100 }] }, [
      "completed",
      "completed",
      false,
      false,
    ]],
  ];
  for (const [because, input, ending] of table) {
    for (const profile of PROFILE_NAMES) {
      // 8.2 has no state `device` without a pause, so nothing can wait for it.
      if (profile === "8.2-dev" && input.operator?.some(({ from }) => from === "device")) continue;
      await t.step(`${because} (${profile})`, () => {
        const run = simulate(scenarioOf({ ...SMALL, ...input, profile }));
        assertEquals(endingOf(run), ending);
        assertEquals(run.outcome.timedOut, false);
      });
    }
  }
});

Deno.test("cont after a completed migration takes the disks back and starts a second guest, as QEMU 10.0.2 does", () => {
  const cont = { execute: "cont", from: "completed", at_ms: 40 } as const;
  const run = simulate(scenarioOf({ ...SMALL, operator: [cont] }));
  const last = run.source.slice(-4).map(({ declaration, values }) =>
    `${declaration.name} ${values.join(" ")}`
  );
  assertEquals(last, [
    "migration_block_activation active",
    "runstate_set 5 postmigrate 9 running",
    "vm_state_notify 1 9 running",
    "global_dirty_changed 0",
  ]);
  assertEquals(endingOf(run), ["completed", "completed", true, true]);
});

Deno.test("quit in the middle of a migration cancels it, and nobody waits for that", () => {
  const quit = { execute: "quit", from: "active", at_ms: 250 } as const;
  const run = simulate(
    scenarioOf({ ...SMALL, parameters: { "max-bandwidth": 8_388_608 }, operator: [quit] }),
  );
  const last = run.source.slice(-4).map(({ declaration, values }) =>
    `${declaration.name} ${values.join(" ")}`
  );
  assertEquals(last, [
    "migration_cancel ",
    "migrate_set_state cancelling",
    "runstate_set 9 running 11 shutdown",
    "vm_state_notify 0 11 shutdown",
  ]);
  assertEquals(run.destination.at(-1)?.declaration.name, "migration_cancel");
});

Deno.test("the facts of a run tell each command of the operator at the moment at which it was carried out", () => {
  const raise = {
    execute: "migrate-set-parameters",
    from: "active",
    at_ms: 300,
    arguments: { "downtime-limit": 900 },
  } as const;
  const { facts } = simulate(scenarioOf({ ...SMALL, operator: [raise] }));
  const [action] = facts.actions ?? [];
  assertEquals([action?.command, action?.parameters], ["migrate-set-parameters", { "downtime-limit": 900 }]);
  assert(action !== undefined && action.at >= 300_000 && action.at < 320_000, `${action?.at} us`);
});

Deno.test("cont is refused while the guest is stopped for the switchover", () => {
  const cont = { execute: "cont", from: "pre-switchover", at_ms: 10 } as const;
  const next = { execute: "migrate-continue", from: "pre-switchover", at_ms: 20 } as const;
  const capabilities = { "pause-before-switchover": true };
  const run = simulate(scenarioOf({ ...SMALL, capabilities, operator: [cont, next] }));
  assertEquals(endingOf(run), ["completed", "completed", false, true]);
});

Deno.test("simulate gives up at the time limit and says so", () => {
  const { outcome } = simulate(scenarioOf({ ...SMALL, time_limit_ms: 50 }));
  assertEquals(outcome.timedOut, true);
  assertEquals(outcome.source, "active");
});
