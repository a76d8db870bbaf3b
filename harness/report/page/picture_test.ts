/**
 * Charts and pictures: what is drawn of a run, and what is left out because it is none.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { catalogOf, readLog } from "../../trace/mod.ts";
import { type Timeline, TimelineRecorder } from "../timeline.ts";
import { iterationTable } from "./iteration_table.ts";
import { phaseStrips } from "./picture.ts";
import { runCharts } from "./run_charts.ts";
import { longestDevice, standstill, waterfall } from "./waterfall.ts";

function recorded(name: string, ...files: string[]): Timeline {
  const recorder = new TimelineRecorder();
  for (const file of files.length === 0 ? ["src", "dst"] : files) {
    const bytes = gunzipSync(Deno.readFileSync(`recordings/${name}/${file}.trace.gz`));
    readLog(catalogOf("10.0"), bytes, recorder.side(file === "src" ? "source" : "destination"));
  }
  return recorder.finish();
}

/** The bars of a picture as numbers, in percent. */
function bars(picture: string, kind: string): [x: number, width: number][] {
  return [...picture.matchAll(new RegExp(`<rect[^>]*class="${kind}[^"]*"[^>]*>`, "g"))].map(([rect]) => [
    Number(/\sx="([\d.]+)%"/.exec(rect)?.[1] ?? 0),
    Number(/\swidth="([\d.]+)%"/.exec(rect)?.[1]),
  ]);
}

Deno.test("runCharts draws what a run has, and no frame without a value", () => {
  const plain = runCharts([{ name: "", timeline: recorded("precopy-bw64-dr31") }]);
  assertEquals(plain.charts.map(({ id }) => id), ["remaining", "iterations", "rates"]);
  const [remaining] = plain.charts;
  assertEquals(remaining?.series.map(({ label }) => label), ["Remaining", "◆ Counted exactly", "Threshold"]);
  const throttled = runCharts([{ name: "", timeline: recorded("autoconverge-aggressive") }]);
  const throttle = throttled.charts.find(({ id }) => id === "throttle");
  assertEquals(throttle?.series[0]?.values, [0, 50, 75, 95, 95], "from the beginning until the switchover");
  assertEquals(runCharts([{ name: "", timeline: new TimelineRecorder().finish() }]).charts, []);
});

Deno.test("runCharts keeps two runs apart by name, tone and line", () => {
  const timeline = recorded("precopy-bw64-dr31");
  const { charts: [remaining] } = runCharts([{ name: "A", timeline }, { name: "B", timeline }]);
  const looks = remaining?.series.map(({ label, tone, shape }) => `${label} ${tone} ${shape}`) ?? [];
  assertEquals(new Set(looks).size, 6);
  assertEquals(looks[0], "A: Remaining 1 solid");
  assertEquals(looks[3], "B: Remaining 6 long");
});

Deno.test("no two lines of one chart are broken alike: without colour there is nothing else to tell them apart", () => {
  const timeline = recorded("autoconverge-aggressive");
  const { charts } = runCharts([{ name: "A", timeline }, { name: "B", timeline }]);
  for (const { id, series } of charts) {
    const shapes = series.map(({ shape, kind }) => `${kind === "points" ? "points" : "line"} ${shape}`);
    assertEquals(new Set(shapes).size, series.length, `${id}: ${shapes.join(", ")}`);
  }
});

Deno.test("the last threshold holds until the decision that compares with it; one alone stays a point", () => {
  const cycle = "migrate_transferred transferred 500 time_spent 100 bandwidth 5 switchover_bw 0 max_size 300";
  const thresholdOf = (...lines: string[]) => {
    const recorder = new TimelineRecorder();
    const text = [
      "migrate_set_state new state setup",
      ...lines,
      "migrate_pending_exact exact pending size 9 (pre = 9 post=0)",
    ]
      .map((line, at) => `1@0.00001${at}:${line}\n`).join("");
    readLog(catalogOf("10.0"), new TextEncoder().encode(text), recorder.side("source"));
    const { axes, charts } = runCharts([{ name: "", timeline: recorder.finish() }]);
    const series = charts[0]?.series.find(({ label }) => label === "Threshold");
    return [axes[series?.axis ?? -1], series?.values];
  };
  assertEquals(thresholdOf(cycle), [[1], [300]]);
  assertEquals(thresholdOf(cycle, cycle), [[1, 1, 1], [300, 300, 300]]);
});

Deno.test("runCharts leaves out a chart of zeros", () => {
  const recorder = new TimelineRecorder();
  const ram = { remaining: 5, "dirty-pages-rate": 0, "page-size": 4096 };
  recorder.sample({ t_us: 1, side: "source", "query-migrate": { status: "active", ram } });
  const { charts } = runCharts([{ name: "", timeline: recorder.finish() }]);
  assertEquals(charts.map(({ id }) => id), ["remaining"]);
});

Deno.test("a chart's axes give the moments back", () => {
  const { axes, charts } = runCharts([{ name: "", timeline: recorded("precopy-bw64-dr31") }]);
  const series = charts[0]?.series.find(({ label }) => label === "◆ Counted exactly");
  let at = 0;
  const moments = axes[series?.axis ?? -1]?.map((delta) => at += delta) ?? [];
  const counted = moments.filter((_, index) => series?.values[index] !== null);
  assertEquals(counted, [1413190, 1901748, 2102070, 2201486]);
});

Deno.test("waterfall lies within its frame and shows each checkpoint in its place", () => {
  const picture = waterfall(recorded("precopy-bw64-dr31")).text;
  const steps = bars(picture, "checkpoint source");
  assertEquals(steps.length, 4);
  for (const [index, [x, width]] of steps.entries()) {
    assert(x >= 0 && x + width <= 100.001, `${x} ${width}`);
    const next = steps[index + 1];
    if (next !== undefined) {
      assert(Math.abs(x + width - next[0]) < 0.01, "a checkpoint begins where the last ended");
    }
  }
  assertStringIncludes(picture, "8.03 ms");
  assertStringIncludes(picture, "29 more devices");
});

Deno.test("waterfall of postcopy ends when the guest runs again", () => {
  const timeline = recorded("postcopy-limited");
  const { from, to } = standstill(timeline);
  assert(to - from < 50_000, `${to - from} µs`);
  const picture = waterfall(timeline).text;
  const [guest] = bars(picture, "guest");
  assert((guest?.[1] ?? 0) > 50, "the standstill fills the picture");
  assertMatch(picture, /After the guest ran again: ram \(iterable\) from/);
});

Deno.test("waterfall of a destination alone ends with its last checkpoint, not with the RAM of postcopy", () => {
  const picture = waterfall(recorded("postcopy-limited", "dst")).text;
  assertMatch(
    picture,
    /From \S+ s to \S+ s: 1\.12 ms; without the source&#39;s trace it is not known when the guest\s/,
  );
  assertMatch(picture, /After the guest ran again: ram \(iterable\) from/);
});

Deno.test("what took longest of the downtime is named first, and on which side", () => {
  const timeline = recorded("precopy-bw64-dr31");
  assertEquals(longestDevice(timeline), "longest: ram (iterable) on the destination, 6.21 ms");
  assertStringIncludes(
    waterfall(timeline).text,
    "Devices that took longest: on the source ram (iterable) (5.66 ms); on the destination ram (iterable) (6.21 ms).",
  );
  assertEquals(longestDevice(recorded("nonconv-cancel")), undefined);
});

Deno.test("waterfall says why it does not know how long the guest stood still", () => {
  assertStringIncludes(waterfall(recorded("cancel-device")).text, "the guest ran on both sides");
  assertStringIncludes(
    waterfall(recorded("dst-missing-device")).text,
    "the guest did not start on the destination",
  );
  assertStringIncludes(
    waterfall(recorded("precopy-bw64-dr31", "src")).text,
    "without the destination&#39;s trace",
  );
});

Deno.test("iterationTable has a row for each iteration, with a link to its end", () => {
  const table = iterationTable(recorded("precopy-bw64-dr31")).text;
  const links = [...table.matchAll(/data-jump="(\d+)"[^>]*data-line="(\d+)"/g)].map((
    [, at, line],
  ) => [at, line]);
  assertEquals(links, [["1413190", "121"], ["1901748", "160"], ["2102070", "178"], ["2201486", "189"]]);
  // The last iteration is the first to be under the threshold: there the source switches over.
  assertEquals(table.match(/<td>(?:✓ under|over)<\/td>/g)?.map((cell) => cell.includes("✓")), [
    false,
    false,
    false,
    true,
  ]);
  assertEquals(iterationTable(new TimelineRecorder().finish()).text, "");
});

Deno.test("no downtime is drawn where there was none", () => {
  assertMatch(waterfall(recorded("nonconv-cancel")).text, /No downtime was traced/);
  // The guest runs on both sides in the end, so it stands still on neither.
  assertEquals(standstill(recorded("cancel-device")), { from: NaN, to: NaN });
});

Deno.test("phaseStrips shows the sides that were given, in words too", () => {
  const both = phaseStrips(recorded("precopy-bw64-dr31")).text;
  assertMatch(
    both,
    /aria-label="Source: setup from 0 µs to 1\.21 ms, active from 1\.21 ms to 2\.202 s, device/,
  );
  assertMatch(both, /<title>device: 2\.202 s to 2\.209 s \(7\.51 ms\), line 197<\/title>/);
  assertMatch(
    both.replace(/\s+/g, " "),
    /<td>source<\/td> <td>device<\/td> <td class="number">2\.202 s<\/td> <td class="number">2\.209 s<\/td> <td class="number">7\.51 ms<\/td>/,
  );
  const alone = phaseStrips(recorded("precopy-bw64-dr31", "dst")).text;
  assertStringIncludes(phaseStrips(recorded("nonconv-cancel")).text, ">not seen to run</text>");
  assertNotMatch(alone, /Guest on the source/);
});

Deno.test("a second migration of one process begins a new line", () => {
  const recorder = new TimelineRecorder();
  const text = [
    "1@0.000010:migrate_set_state new state setup",
    "1@0.000020:migrate_pending_estimate estimate pending size 500 (pre = 500 post=0)",
    "1@0.000030:migrate_set_state new state failed",
    "1@0.000040:migrate_set_state new state setup",
    "1@0.000050:migrate_pending_estimate estimate pending size 700 (pre = 700 post=0)",
  ].join("\n");
  readLog(catalogOf("10.0"), new TextEncoder().encode(`${text}\n`), recorder.side("source"));
  const { charts: [chart] } = runCharts([{ name: "", timeline: recorder.finish() }]);
  assertEquals(chart?.series[0]?.values, [500, null, 700]);
});

Deno.test("the last iteration before a second migration is held to its end", () => {
  const recorder = new TimelineRecorder();
  const round = [
    "migrate_set_state new state setup",
    "migrate_set_state new state active",
    "migrate_pending_estimate estimate pending size 500 (pre = 500 post=0)",
    "migrate_pending_estimate estimate pending size 100 (pre = 100 post=0)",
    "migration_bitmap_sync_end dirty_pages 1",
    "migrate_pending_exact exact pending size 300 (pre = 300 post=0)",
    "migrate_set_state new state cancelled",
  ];
  const text = [...round, ...round].map((line, at) => `1@0.0000${at + 10}:${line}`).join("\n");
  readLog(catalogOf("10.0"), new TextEncoder().encode(`${text}\n`), recorder.side("source"));
  const { axes, charts } = runCharts([{ name: "", timeline: recorder.finish() }]);
  const sent = charts.find(({ id }) => id === "iterations")?.series[0];
  let at = 0;
  assertEquals(axes[sent?.axis ?? -1]?.map((delta) => at += delta), [1, 5, 7, 8, 12]);
  assertEquals(sent?.values, [400, 400, null, 400, 400]);
});

Deno.test("phaseStrips tells the operator's commands in the table, too", () => {
  const recorder = new TimelineRecorder();
  const text = ["setup", "cancelled"].map((state, at) =>
    `1@0.00000${at + 6}:migrate_set_state new state ${state}`
  );
  readLog(catalogOf("10.0"), new TextEncoder().encode(`${text.join("\n")}\n`), recorder.side("source"));
  const actions = [{ at: 7, command: "migrate_cancel" }];
  const table = phaseStrips(recorder.finish({ actions })).text.replace(/\s+/g, " ");
  assertMatch(table, /<td>operator<\/td> <td>migrate_cancel<\/td>/);
});
