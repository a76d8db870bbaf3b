/**
 * The judge before real traces: no false alarm on any, and an alarm on each that was tampered with.
 *
 * @module
 */
import { assert, assertEquals, assertGreaterOrEqual, assertStringIncludes } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { catalogFor, Judge, type Judgement, type RuleVerdict } from "../checks/mod.ts";
import { joinFacts, readMeta, readQmp } from "../record/mod.ts";
import { readLog, type Side, versionOf } from "../trace/mod.ts";

const COMMITTED = new URL("../../recordings/", import.meta.url);
const SHARED = new URL("../../../shared/recordings/", import.meta.url);

const LOGS: readonly (readonly [Side, string])[] = [
  ["source", "src.trace.gz"],
  ["destination", "dst.trace.gz"],
  ["destination", "dst2.trace.gz"],
];

function exists(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch {
    return false;
  }
}

function namesIn(folder: URL): string[] {
  return [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory).map(({ name }) => name)
    .sort();
}

/** Judges a recording, with the source's log tampered with. */
function judgeRecording(folder: URL, name: string, tamper?: (log: string) => string): Judgement {
  const at = (file: string) => new URL(`${name}/${file}`, folder);
  const meta = readMeta(Deno.readTextFileSync(at("meta.json")));
  const qmp = readQmp(new TextDecoder().decode(gunzipSync(Deno.readFileSync(at("qmp.json.gz")))));
  assert(meta.ok && qmp.ok);
  const facts = joinFacts(meta.value, qmp.value.facts);
  const judge = new Judge(facts);
  for (const sample of qmp.value.samples) judge.sample(sample);
  for (const [side, file] of LOGS) {
    if (!exists(at(file))) continue;
    const bytes = gunzipSync(Deno.readFileSync(at(file)));
    const log = tamper === undefined || side === "destination" ? bytes : tamper(bytes.toString("latin1"));
    const catalog = catalogFor(versionOf(facts, side) ?? "");
    readLog(catalog, log, judge.side(side, catalog));
  }
  return judge.finish();
}

function failures({ verdicts }: Judgement): readonly RuleVerdict[] {
  return verdicts.filter(({ outcome }) => outcome === "fail");
}

/** Failures that are no defect of QEMU known to the rule. */
function alarms(judgement: Judgement): string[] {
  return failures(judgement).filter(({ knownDefect }) => knownDefect === undefined)
    .map(({ rule, note }) => `${rule.id}: ${note}`);
}

Deno.test("no false alarm on a committed recording", async (t) => {
  for (const name of namesIn(COMMITTED)) {
    await t.step(name, () => assertEquals(alarms(judgeRecording(COMMITTED, name)), []));
  }
});

/** Recordings in which the guest runs twice, or nowhere, and the rules that say so. */
const TRUE_ALARMS: Readonly<Record<string, string>> = {
  "cancel-device": "one-guest-after-cancel",
  "cancel-device-return-path": "one-guest-after-cancel",
  "q111-cancel-device": "one-guest-after-cancel",
  "q111-cancel-device-return-path": "one-guest-after-cancel",
  "dst-missing-device": "some-guest-after-completion",
  "q111-dst-missing-device": "some-guest-after-completion",
  "colo-broken-return-path": "one-guest-outside-colo",
};

const isShared = exists(SHARED);
const skipped = isShared ? "" : " (skipped: ../shared is missing)";
// One in four by default: all of them take six seconds. SWITCHOVER_RECORDINGS=all judges every one.
const isAll = Deno.env.get("SWITCHOVER_RECORDINGS") === "all";

Deno.test({
  name: `no false alarm on ${isAll ? "any" : "one in four"} of the shared recordings${skipped}`,
  ignore: !isShared,
  fn() {
    const names = namesIn(SHARED).filter((_, index) => isAll || index % 4 === 0);
    const found = names.flatMap((name) =>
      alarms(judgeRecording(SHARED, name)).map((alarm) => `${name}: ${alarm}`)
    );
    assertEquals(found, []);
  },
});

Deno.test({
  name: `defects of QEMU fail, and are called known${skipped}`,
  ignore: !isShared,
  async fn(t) {
    for (const [name, id] of Object.entries(TRUE_ALARMS)) {
      await t.step(name, () => {
        const failed = failures(judgeRecording(SHARED, name));
        assertEquals(failed.map(({ rule }) => rule.id), [id]);
        assert(failed.every(({ knownDefect }) => knownDefect !== undefined));
      });
    }
  },
});

Deno.test("precopy-bw64-dr31 puts many rules to the test", () => {
  const { verdicts, sides } = judgeRecording(COMMITTED, "precopy-bw64-dr31");
  const passed = verdicts.filter(({ outcome }) => outcome === "pass");
  assertGreaterOrEqual(passed.filter(({ rule }) => rule.category === "ordering").length, 25);
  assertGreaterOrEqual(passed.filter(({ rule }) => rule.category === "invariant").length, 8);
  assertEquals(sides.map(({ others }) => others["unknown-event"]), [0, 0]);
});

/** Line 12 is the end of the first sync, line 11 its start. */
const TAMPERED: readonly (readonly [string, (log: string) => string, rule: string, line: number])[] = [
  [
    "a sync's end before its start",
    (log) => log.replace(/^(.*sync_start .*\n)(.*sync_end .*\n)/m, "$2$1"),
    "bitmap-sync-alternates",
    11,
  ],
  [
    "src-vm-stopped deleted",
    (log) => log.replace(/^.*src-vm-stopped\n/m, ""),
    "source-checkpoints-in-order",
    207,
  ],
  [
    "one max_size changed",
    (log) => log.replace("max_size 20487222", "max_size 20487223"),
    "threshold-is-a-multiple-of-bandwidth",
    29,
  ],
];

Deno.test("a recording that was tampered with fails, with rule and line", async (t) => {
  for (const [what, tamper, id, line] of TAMPERED) {
    await t.step(what, () => {
      const judgement = judgeRecording(COMMITTED, "precopy-bw64-dr31", tamper);
      const verdict = failures(judgement).find(({ rule }) => rule.id === id);
      assert(verdict !== undefined, `failed: ${failures(judgement).map(({ rule }) => rule.id).join(", ")}`);
      assertEquals(verdict.evidence[0]?.at?.line, line);
      assert(verdict.note !== "");
    });
  }
});

Deno.test("evidence shows three lines before and after, and the earlier event", () => {
  const judgement = judgeRecording(
    COMMITTED,
    "precopy-bw64-dr31",
    (log) => log.replace(/^(.*migration_rate_limit_post.*\n)/m, "$1$1"),
  );
  const verdict = failures(judgement).find(({ rule }) => rule.id === "rate-limit-alternates");
  const [evidence] = verdict?.evidence ?? [];
  assertEquals(evidence?.around.map(({ line }) => line), [19, 20, 21, 22, 23, 24, 25]);
  assertStringIncludes(evidence?.note ?? "", "migration_rate_limit_pre");
});

Deno.test("a violation is told before the end of the log", () => {
  const told: string[] = [];
  const judge = new Judge({ version: "10.0" }, { onViolation: ({ id }) => void told.push(id) });
  const catalog = catalogFor("10.0");
  const start = "1@1.000000:migration_bitmap_sync_start \n";
  const begin = "1@1.000000:migrate_set_state new state setup\n";
  const log = `${begin}${start}1@1.000000:migration_bitmap_sync_end dirty_pages 0\n${start}${start}`;
  readLog(catalog, log, judge.side("source", catalog));
  assert(told.includes("bitmap-sync-alternates"));
});
