/**
 * The verdict screen, held by snapshots: a run that passes, one that fails, one that nothing can be said of.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertSnapshot } from "@std/testing/snapshot";
import { type Convergence, type Judgement, NO_OTHERS, RULES, type RuleVerdict } from "../checks/mod.ts";
import { catalogOf } from "../trace/mod.ts";
import { makeDocument } from "./document.ts";
import { figuresOf } from "./figures.ts";
import { ANSI, counted, PLAIN, safeText, showBytes } from "./paint.ts";
import { renderScreen, renderVerdicts, type ReportSubject } from "./screen.ts";

const [RULE] = RULES;
assert(RULE !== undefined);
const SYNC_END = catalogOf("10.0").expect("migration_bitmap_sync_end");
const others = { ...NO_OTHERS, "foreign": 2, "unknown-event": 1 };

const PASSED: RuleVerdict = {
  rule: {
    ...RULE,
    id: "sync-alternates",
    claim: "A sync ends before the next begins",
    why: "Pages would count twice",
  },
  outcome: "pass",
  seen: 4,
  note: "",
  evidence: [],
  violations: 0,
};
const line = (at: number) => ({
  side: "source" as const,
  line: at,
  name: SYNC_END.name,
  record: { declaration: SYNC_END, at: -1, thread: 0, values: [BigInt(at)] },
});
const FAILED: RuleVerdict = {
  ...PASSED,
  outcome: "fail",
  violations: 2,
  knownDefect: { text: "seen when cancelled", versions: {} },
  evidence: [{
    side: "source",
    migration: 1,
    note: "a second end \x1b[31m without a start",
    at: line(7),
    earlier: line(3),
    around: [line(6), line(7), line(8)],
  }],
};
const CONVERGED: Convergence = {
  migration: 1,
  verdict: "converged",
  why: "3 iterations: 1.0 MiB were left",
  iterations: [],
  count: 3,
  remedies: [],
};
const JUDGEMENT: Judgement = {
  outcome: "pass",
  verdicts: [PASSED],
  sides: [{ side: "source", catalog: "10.0", events: 355, others, migrations: [] }],
  samples: 90,
  convergence: [CONVERGED],
};
const FIGURES = {
  source: "completed",
  destination: "completed",
  iterations: 6,
  totalTimeMs: 2209,
  downtimeMs: 8,
  transferredBytes: 168915313,
};
const SUBJECT: ReportSubject = {
  title: "one",
  why: "to see it",
  figures: FIGURES,
  judgement: JUDGEMENT,
  notes: [],
};
const FAILING: ReportSubject = {
  ...SUBJECT,
  judgement: { ...JUDGEMENT, outcome: "fail", verdicts: [PASSED, FAILED] },
  notes: ["version told from the events: QEMU 10.0"],
};

/** Both assertions read and write the same file; `-- --update` reaches the one, Deno's own `-u` the other. */
const assertShown = (t: Deno.TestContext, text: string) =>
  Deno.args.length > 0 ? assertSnapshot(t, text) : t.assertSnapshot(text);

Deno.test("renderScreen shows a run that passes", async (t) => {
  await assertShown(t, renderScreen(SUBJECT, PLAIN));
});

Deno.test("renderScreen shows a failed check with claim, why, defect and lines", async (t) => {
  await assertShown(t, renderScreen(FAILING, PLAIN));
});

Deno.test("renderScreen says what would have helped, and what is not told", async (t) => {
  const remedies = [{ name: "downtime-limit" as const, value: 1365, arithmetic: "57 / 42 = 1364.5 ms" }];
  const convergence = [{ ...CONVERGED, verdict: "not converging" as const, remedies }, {
    ...CONVERGED,
    migration: 2,
  }];
  const figures = {
    ...FIGURES,
    destination: null,
    iterations: null,
    totalTimeMs: null,
    downtimeMs: null,
    transferredBytes: null,
  };
  await assertShown(
    t,
    renderScreen({ ...SUBJECT, figures, judgement: { ...JUDGEMENT, convergence } }, PLAIN),
  );
});

Deno.test("renderScreen colours for a terminal what it says without colour too", () => {
  const coloured = renderScreen(FAILING, ANSI);
  // deno-lint-ignore no-control-regex
  assertEquals(coloured.replace(/\x1b\[\d+m/g, ""), renderScreen(FAILING, PLAIN));
  assertStringIncludes(coloured, "\x1b[31mFAIL\x1b[0m");
});

Deno.test("no text of a trace reaches the terminal with its control characters", () => {
  const screen = renderScreen(FAILING, PLAIN);
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x09\x0b-\x1f\x7f]/.test(screen));
  assertEquals(safeText("a\x1b[2Jb\u202ec\n"), "a·[2Jb·c·");
  assertEquals(safeText("abcdef", 4), "abc…");
});

Deno.test("makeDocument is JSON with every verdict and no value that JSON lacks", () => {
  const document = JSON.parse(JSON.stringify(makeDocument(FAILING)));
  assertEquals(document.counts, { pass: 1, fail: 1, unknown: 0 });
  assertEquals(document.verdicts[1].evidence[0].at, {
    side: "source",
    line: 7,
    text: "migration_bitmap_sync_end dirty_pages 7",
  });
  assertEquals(document.verdicts[1].knownDefect, "seen when cancelled");
});

Deno.test("figuresOf takes the status from the trace and the rest from the last sample", () => {
  const migrations = [{ index: 1, firstLine: 1, lastLine: 9, status: "completed", fromStart: true }];
  const judgement = { ...JUDGEMENT, sides: JUDGEMENT.sides.map((side) => ({ ...side, migrations })) };
  const query = { status: "active", "total-time": 7, ram: { "dirty-sync-count": 3, transferred: 5 } };
  assertEquals(figuresOf(judgement, { t_us: 1, side: "source", "query-migrate": query }), {
    source: "completed",
    destination: null,
    iterations: 3,
    totalTimeMs: 7,
    downtimeMs: null,
    transferredBytes: 5,
  });
});

Deno.test("renderVerdicts lists what failed, what passed and why the rest is unknown", () => {
  const unknown = {
    ...PASSED,
    rule: { ...PASSED.rule, id: "late" },
    outcome: "unknown" as const,
    note: "no \x07 sample",
  };
  const text = renderVerdicts(
    { ...JUDGEMENT, verdicts: [unknown, PASSED, { ...FAILED, note: "twice" }] },
    PLAIN,
  );
  assertEquals(text.split("\n").slice(0, 3), [
    "fail     sync-alternates  twice",
    "pass     sync-alternates  put to the test 4 times",
    "unknown  late             no · sample",
  ]);
});

Deno.test("counted and showBytes read like a sentence", () => {
  assertEquals([counted(1, "rule"), counted(0, "rule"), counted(2, "rule")], [
    "1 rule",
    "0 rules",
    "2 rules",
  ]);
  assertEquals([showBytes(999), showBytes(168915313), showBytes(NaN)], ["999 B", "168.9 MB", "unknown"]);
});
