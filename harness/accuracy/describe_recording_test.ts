/**
 * A recording's inputs become a scenario; its outputs change nothing.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describeRecording } from "./describe_recording.ts";
import { readInputs } from "./recorded_inputs.ts";

const META = {
  case: "example",
  qemu: "10.0.2 (Debian)",
  accel: "tcg",
  machine: "pc",
  ram_mib: 256,
  vcpus: 1,
  devices: [] as string[],
  src_devices: [] as string[],
  dst_devices: [] as string[],
  workload: { mode: "sweep", pages: 1000, us: 500, fill: 2000 } as Record<string, unknown>,
  events: "default",
  more_events: [] as string[],
  transport: "unix",
  relay_rate: null as number | null,
  capabilities: { src: [] as string[], dst: [] as string[] },
  touches_per_s_before: 2000,
};
const LISTEN = { t: 99, side: "dst", cmd: "migrate-incoming", args: { uri: "unix:a" } };
const MIGRATE = { t: 100, side: "src", cmd: "migrate", args: { uri: "unix:a" } };
type Change = { meta?: Partial<typeof META>; before?: object[]; after?: object[] };

function describe({ meta = {}, before = [], after = [] }: Change) {
  const inputs = readInputs(
    JSON.stringify({ ...META, ...meta }),
    JSON.stringify({ entries: [LISTEN, ...before, MIGRATE, ...after] }),
  );
  assert(inputs.ok, inputs.ok ? "" : inputs.error);
  return describeRecording(inputs.value);
}

function scenarioOf(change: Change) {
  const scenario = describe(change);
  assert(scenario.ok, scenario.ok ? "" : scenario.error);
  return scenario.value;
}

Deno.test("describeRecording takes the guest's position from its counter before the migration", () => {
  const scenario = scenarioOf({
    before: [{ t: 99.9, side: "src", touches: 1500 }],
    after: [{ t: 100.1, side: "src", touches: 9999 }],
  });
  const [sweep] = scenario.workload;
  assert(sweep?.kind === "sweep");
  // A write waits for 500 us of the clock, and takes a little besides.
  assertEquals([sweep.start_page, sweep.pages, sweep.rate_pages_per_second], [1024, 1000, 1e6 / 500.09]);
  assertEquals(sweep.offset_pages, 1700);
  assertEquals(scenario.guest.filled, [{ start_page: 1024, pages: 2000, random: false }]);
});

Deno.test("describeRecording takes a changed rate from the guest's last readings, not from its start", () => {
  const at = (t: number, touches: number) => ({ t, side: "src", touches });
  const booting = [at(98, 0), at(98.9, 0), at(99.2, 1)];
  const steady = [at(99.7, 1000), at(99.8, 1250), at(99.9, 1500)];
  const table: [readings: object[], rate: number][] = [
    [steady, 2500],
    [[...booting, ...steady], 2500],
    [[...booting, at(99.62, 1000), at(99.7, 1010), ...steady.slice(1)], 2400],
    [[...booting, at(99.7, 1000), at(99.8, 1100), at(99.9, 1200)], 2000],
    [[at(99.89, 1000), at(99.9, 1090)], 2000],
  ];
  for (const [before, rate] of table) {
    const [sweep] = scenarioOf({ before }).workload;
    assert(sweep?.kind === "sweep");
    assertEquals(Math.round(sweep.rate_pages_per_second), rate);
  }
});

Deno.test("describeRecording does not look at what came of the migration", () => {
  const outputs = [
    { t: 101, side: "src", sample: { status: "active", ram: { transferred: 5 } } },
    { t: 102, side: "src", event: "MIGRATION", data: { status: "completed" } },
    { t: 103, side: "src", touches: 12345 },
  ];
  assertEquals(scenarioOf({ after: outputs }), scenarioOf({}));
});

Deno.test("describeRecording tells commands, kills and cuts with their times", () => {
  const scenario = scenarioOf({
    before: [{ t: 99.5, side: "src", cmd: "migrate-set-parameters", args: { "max-bandwidth": 5000000 } }],
    after: [
      { t: 101, side: "src", cmd: "migrate-set-parameters", args: { "downtime-limit": 9 } },
      { t: 102, side: "src", cmd: "migrate_cancel", error: { class: "x" } },
      { t: 103, side: "dst", note: "SIGKILL" },
      { t: 104, side: "src", event: "MIGRATION", data: { status: "device" } },
      { t: 104.25, side: "src", cmd: "yank" },
      { t: 110, side: "src", note: "exit" },
      { t: 111, side: "relay", note: "cut" },
    ],
  });
  assertEquals(scenario.parameters, { "max-bandwidth": 5000000 });
  assertEquals(scenario.operator.filter(({ execute }) => execute !== "quit"), [
    { at_ms: 1000, from: null, execute: "migrate-set-parameters", arguments: { "downtime-limit": 9 } },
    { at_ms: 250, from: "device", execute: "yank", arguments: {} },
  ]);
  assertEquals(scenario.faults, [{
    at_ms: 3000,
    from: null,
    kind: "destination-dies",
    section: "configuration",
  }]);
});

Deno.test("describeRecording tells of a quit in the middle of a migration, and of none after it", () => {
  const ended = { t: 104, side: "src", event: "MIGRATION", data: { status: "cancelled" } };
  const again = { t: 105, side: "src", cmd: "migrate" };
  const refused = { ...again, error: { class: "GenericError" } };
  const quit = { t: 107, side: "src", cmd: "quit" };
  const table: [after: object[], quits: number[]][] = [
    [[quit], [7000]],
    [[ended, quit], []],
    [[ended, again, quit], [7000]],
    [[ended, refused, quit], []],
    [[], []],
  ];
  for (const [after, quits] of table) {
    const { operator } = scenarioOf({ after });
    assertEquals(
      operator.filter(({ execute, from }) => execute === "quit" && from === null).map(({ at_ms }) => at_ms),
      quits,
    );
  }
});

Deno.test("describeRecording tells zeros that the guest wrote from data", () => {
  const before = [{ t: 99.99999, side: "src", touches: 600 }];
  const zeros = scenarioOf({ meta: { workload: { ...META.workload, kind: 0 } }, before });
  assertEquals(zeros.guest.filled, [
    { start_page: 1624, pages: 400, random: false },
    { start_page: 2024, pages: 1000, random: false },
  ]);
  // In the third sweep data comes again: the last page of the second one was written with it already.
  const alternating = scenarioOf({
    meta: { workload: { ...META.workload, kind: 2 } },
    before: [{ t: 99.99999, side: "src", touches: 2600 }],
  });
  assertEquals(alternating.guest.filled, [
    { start_page: 1024, pages: 600, random: false },
    { start_page: 2023, pages: 1, random: false },
    { start_page: 2024, pages: 1000, random: false },
  ]);
  const blob = scenarioOf({
    meta: { workload: { mode: "sweep", pages: 1000, us: 500, blob_mib: 2 } },
    before,
  });
  assertEquals(blob.guest.filled, [{ start_page: 16384, pages: 512, random: true }, {
    start_page: 1024,
    pages: 600,
    random: false,
  }]);
});

Deno.test("describeRecording says why a recording is no case", () => {
  const table: [change: Change, reason: string][] = [
    [
      { meta: { qemu: "7.2.22" } },
      "QEMU 7.2.22 is not modelled: the profiles are 8.2-dev, 10.0, 11.0-dev, 11.1",
    ],
    [
      { meta: { capabilities: { src: ["background-snapshot"], dst: [] } } },
      "background-snapshot is not modelled",
    ],
    [
      { before: [{ t: 99, side: "src", cmd: "migrate-set-parameters", args: { mode: "cpr-reboot" } }] },
      "cpr-reboot",
    ],
  ];
  for (const [change, reason] of table) {
    const described = describe(change);
    assert(!described.ok);
    assertStringIncludes(described.error, reason);
  }
  const alone = readInputs(
    JSON.stringify({ ...META, transport: "exec" }),
    JSON.stringify({ entries: [{ ...MIGRATE, args: { uri: "exec:false" } }] }),
  );
  assert(alone.ok);
  assertEquals(describeRecording(alone.value), {
    ok: false,
    error: "No destination was started: what became of the stream is not modelled",
  });
  const empty = readInputs(JSON.stringify(META), `{"entries": []}`);
  assertEquals(empty, { ok: false, error: "No migrate command was sent" });
});

Deno.test("describeRecording takes the object that RAM is made of from the command line", () => {
  const use = ["-machine", "memory-backend=m0"];
  const table: [devices: string[], backend: unknown][] = [
    [[], null],
    [["-object", "memory-backend-ram,id=m0,size=64M", "-numa", "node,memdev=m0"], null],
    [["-object", "memory-backend-memfd,id=m0,size=256M", ...use], { id: "m0", page_bytes: 4096 }],
    [["-object", "memory-backend-memfd,id=m0,size=256M,hugetlb=on,hugetlbsize=2M", ...use], {
      id: "m0",
      page_bytes: 2097152,
    }],
    [["-object", "memory-backend-file,id=m0,mem-path=/dev/hugepages,size=256M", ...use], {
      id: "m0",
      page_bytes: 2097152,
    }],
    [["-object", "memory-backend-memfd,id=m0,hugetlb=on,hugetlbsize=1G,size=1G", ...use], {
      id: "m0",
      page_bytes: 1073741824,
    }],
  ];
  for (const [devices, backend] of table) {
    const scenario = scenarioOf({ meta: { devices, ram_mib: 1024 } });
    assertEquals(scenario.guest.memory_backend, backend);
  }
});

Deno.test("describeRecording has a guest write its stack and counters too, and page tables under TCG alone", () => {
  const beside = (accel: string) =>
    scenarioOf({ meta: { accel } }).workload.flatMap((phase) =>
      phase.task > 0 && phase.kind === "sweep" ? [phase.start_page] : []
    );
  assertEquals(beside("tcg"), [6, 9, 16, 17, 18]);
  // A store to the counters is an entry of the dirty ring each time.
  assertEquals(beside("kvm"), [6, 9, 9]);
});
