/**
 * The page of a run: complete, small, and deaf to what a trace would have it do.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { judgeRun } from "../../checks/mod.ts";
import { catalogOf, type TraceRecord } from "../../trace/mod.ts";
import { figuresOf } from "../figures.ts";
import { timelineOf } from "../timeline.ts";
import { runPage } from "./run_page.ts";

const EVIL = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'\u202e`;

function event(at: number, name: string, ...values: (string | bigint | number)[]): TraceRecord {
  return { declaration: catalogOf("10.0").expect(name), at, thread: 1, values };
}

/** A page whose every text comes from an attacker. */
function evilPage(): string {
  const source = [
    event(1000, "migrate_set_state", "setup"),
    event(2000, "migrate_set_state", EVIL),
    event(3000, "migrate_transferred", 500n, 100n, 5n, 0n, 300n),
    event(4000, "vmstate_downtime_checkpoint", EVIL),
    event(5000, "vmstate_downtime_save", EVIL, EVIL, 1, 700n),
    event(5500, "migration_bitmap_sync_end", 5n),
    event(6000, "migration_bitmap_sync_end", 5n),
    event(7000, "migrate_set_state", "completed"),
  ];
  const facts = {
    version: EVIL,
    capabilities: { [EVIL]: true },
    parameters: { [EVIL]: EVIL },
    actions: [{ at: 3500, command: EVIL, parameters: { [EVIL]: EVIL } }],
  };
  const run = { facts, source, destination: [], samples: [] };
  const judgement = judgeRun({ ...run, facts: { version: "10.0", unlogged: [] } });
  assert(judgement.verdicts.some(({ evidence }) => evidence.length > 0), "there is evidence to escape");
  return runPage({
    subject: { title: EVIL, why: EVIL, figures: figuresOf(judgement, undefined), judgement, notes: [EVIL] },
    timeline: timelineOf(run),
    facts,
    command: EVIL,
  });
}

Deno.test("runPage never lets a text of the trace become markup", () => {
  const page = evilPage();
  const scripts = [...page.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
  assertEquals(scripts, [`<script type="application/json" id="data">`, "<script>", "<script>"]);
  assertNotMatch(page, /<img\b/);
  const bare = page.slice(0, page.indexOf("<script type")).replace(/"[^"<>]*"/g, '""');
  assertNotMatch(bare, /<[^>]*\son\w+=/, "no handler in any element");
  assertNotMatch(page, /\u202e/);
  assertStringIncludes(page, "&lt;img src=x onerror=alert(2)&gt;");
});

Deno.test("runPage needs nothing from outside and allows nothing in", () => {
  const page = evilPage();
  const [, policy = ""] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  assertStringIncludes(policy, "default-src &#39;none&#39;");
  assertNotMatch(policy, /unsafe|https?:|\*/);
  assertEquals(policy.match(/sha256-/g)?.length, 4);
  assertNotMatch(page, /<(?:link|iframe|object|embed|base|form)\b/);
  assertNotMatch(page, /\s(?:src|style)="/, "inline styles would be refused by the policy");
  assert(page.length < 300_000, `${page.length}`);
});

/** The page of a run that lacks its decision, beside samples that take back what they said. */
function pageOfLosses(): string {
  const setup = ["savevm_state_header", "savevm_state_setup"].map((name, at) => event(1000 + at, name));
  const source = [
    ...setup,
    event(2000, "migrate_set_state", "setup"),
    event(9000, "migrate_set_state", "completed"),
  ];
  const sample = (t_us: number, transferred: number) => ({
    t_us,
    side: "source" as const,
    "query-migrate": {
      status: "active",
      ram: { transferred, total: 10, remaining: 5, "dirty-sync-count": 1 },
    },
  });
  const run = {
    facts: { version: "10.0", unlogged: [] },
    source,
    destination: [],
    samples: [sample(4000, 9), sample(5000, 3)],
  };
  const judgement = judgeRun(run);
  const subject = { title: "a", figures: figuresOf(judgement, undefined), judgement, notes: ["a note"] };
  return runPage({ subject, timeline: timelineOf(run), facts: run.facts, command: "" });
}

Deno.test("runPage links evidence without a line to its moment: a sample's own; what is missing, to the event beside it", () => {
  const page = pageOfLosses();
  assertMatch(
    page,
    /data-jump="3000"\s+data-side="source">source at 3 ms<\/a>\s+ram\.transferred fell from 9 to 3/,
  );
  assertMatch(
    page,
    /data-jump="0"\s+data-side="source"\s+data-line="3">source:3 at 0 µs<\/a>\s+savevm_state_header is missing after/,
  );
});

Deno.test("runPage names the failed rules and its notes above the pictures, and takes times from the trace", () => {
  const page = pageOfLosses();
  const above = page.slice(0, page.indexOf(`id="pictures"`));
  assertMatch(above, /<a href="#rule-transferred-never-decreases">transferred-never-decreases<\/a>/);
  assertStringIncludes(above, "a note.");
  assertMatch(above, /<dt>Total time<\/dt>\s*<dd>7 ms <small>by the trace<\/small><\/dd>/);
  assertStringIncludes(page, `id="rule-transferred-never-decreases"`);
});

Deno.test("runPage shows the smallest trace that still fails, each line with its moment, and none of it runs", () => {
  const source = [event(1000, "migrate_set_state", "setup"), event(4000, "migrate_set_state", EVIL)];
  const run = { facts: { version: "10.0" }, source, destination: [], samples: [] };
  const judged = judgeRun(run);
  const lines = source.map((record, at) => ({
    trace: 1,
    side: "source" as const,
    line: at + 7,
    name: record.declaration.name,
    record,
  }));
  const smallest = { lines, of: 90, needs: "nothing" as const, isMinimal: true, judged: 5 };
  const [first] = judged.verdicts;
  assert(first !== undefined);
  const judgement = { ...judged, verdicts: [{ ...first, outcome: "fail" as const, smallest }] };
  const subject = { title: "a", figures: figuresOf(judged, undefined), judgement, notes: [] };
  const page = runPage({ subject, timeline: timelineOf(run), facts: run.facts, command: "" });
  assertMatch(page, /<summary>The smallest trace that still fails \(2 of 90 events\)<\/summary>/);
  assertMatch(page, /data-jump="3000"[^>]*data-line="8">source:8 at 3 ms<\/a>/);
  assertNotMatch(page, /<img\b/);
});

Deno.test("runPage tells until when it was cancelled, what its times count from, and how the last iteration went", () => {
  const source = [
    event(1000, "migrate_set_state", "setup"),
    event(2000, "migrate_set_state", "active"),
    event(3000, "migrate_pending_estimate", 50_000_000n, 50_000_000n, 0n),
    event(4000, "migrate_pending_estimate", 10_000_000n, 10_000_000n, 0n),
    event(103_000, "migrate_transferred", 4_194_304n, 100n, 41_943n, 0n, 12_582_912n),
    event(1_002_900, "migration_bitmap_sync_start"),
    event(1_003_000, "migration_bitmap_sync_end", 9000n),
    event(1_003_000, "migrate_pending_exact", 51_943_040n, 51_943_040n, 0n),
    event(1_104_000, "migrate_set_state", "cancelling"),
    event(1_105_000, "migrate_set_state", "cancelled"),
  ];
  const run = { facts: { version: "10.0" }, source, destination: [], samples: [] };
  const judgement = judgeRun(run);
  const subject = { title: "a", figures: figuresOf(judgement, undefined), judgement, notes: [] };
  const page = runPage({ subject, timeline: timelineOf(run), facts: run.facts, command: "" });
  assertMatch(page, /<dd>1\.104 s <small>until cancelled, by the trace<\/small>/);
  assertStringIncludes(page, "Times count from the source&#39;s setup");
  assertMatch(
    page,
    /In its last iteration, of 1 s, the guest dirtied <strong>40 MiB\/s<\/strong> and the link carried <strong>40 MiB\/s<\/strong>/,
  );
  assertMatch(page, /<code>downtime-limit 1239<\/code> \(1\.239 s\)/);
});

Deno.test("runPage says so where no rule found enough to judge by", () => {
  const run = {
    facts: { version: "10.0" },
    source: [event(1, "migrate_error", "x")],
    destination: [],
    samples: [],
  };
  const judgement = judgeRun(run);
  const subject = { title: "a", figures: figuresOf(judgement, undefined), judgement, notes: [] };
  const page = runPage({ subject, timeline: timelineOf(run), facts: run.facts, command: "" });
  assertMatch(page, /\? unknown<\/span> None of \d+ rules found enough to judge by\.<\/p>/);
  assertStringIncludes(page, ">no status traced</text>");
});

Deno.test("runPage links evidence to its moment", () => {
  const page = evilPage();
  assertMatch(
    page,
    /<a\s+class="place"\s+href="#pictures"\s+data-jump="4500"\s+data-side="source"\s+data-line="6"\s*>/,
  );
});
