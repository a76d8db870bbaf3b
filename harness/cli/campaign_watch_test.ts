/**
 * Cases that never end: each is a finding with the case as data, the campaign goes on with the next one, and the end is
 * the same with any number of workers, interrupted, and in shards.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { drawCase, type FuzzTarget } from "../../fuzz/mod.ts";
import { runCampaign } from "./campaign.ts";
import { type CampaignPlan, CampaignStore, readState, writeMerged } from "./campaign_store.ts";
import { foldersOf, readFinding } from "./finding_folder.ts";
import { type Summaries, summarize } from "./fuzz_summary.ts";
import { Replayer } from "./replay_case.ts";
import { LOOPING } from "./testdata/looping_worker.ts";

const WORKER = new URL("testdata/looping_worker.ts", import.meta.url);
const RUNS = 40;
const CASE_MS = 300;
const TARGET = LOOPING as unknown as FuzzTarget;
const PLAN: CampaignPlan = {
  seed: 7,
  runs: RUNS,
  targets: ["looping"],
  cases: { looping: RUNS },
  guided: false,
  shard: 0,
  shards: 1,
};

async function campaign(
  folder: string,
  plan: CampaignPlan,
  workers: number,
  stopAt = Infinity,
): Promise<void> {
  const store = new CampaignStore(folder, plan);
  const stop = new AbortController();
  await runCampaign(plan, store, {
    workers,
    worker: WORKER,
    caseMs: CASE_MS,
    stop: stop.signal,
    onReport: (_report, done) => done >= stopAt ? stop.abort() : undefined,
  });
  store.close();
}

/** What a campaign came to, without how long it took. */
function contents(folder: string, guided: boolean): unknown {
  const { journal, findings } = readState(folder);
  const found = foldersOf(`${folder}/findings`).map((name) => {
    const { head, files } = readFinding(`${folder}/findings/${name}`);
    return { ...head, case: new TextDecoder().decode(files["case.json"]) };
  });
  const sums: Summaries = summarize(PLAN, [TARGET], journal, findings.values(), { seed: PLAN.seed, guided });
  return { failed: journal.failed, found, sums: { ...sums["looping"], seconds: 0 } };
}

Deno.test("cases that never end are findings, and a campaign with them ends", async (t) => {
  const drawn = Array.from({ length: RUNS }, (_, index) => drawCase(LOOPING, PLAN.seed, index));
  const endless = drawn.flatMap((value, index) => value === 13 ? [index] : []);
  const failing = drawn.flatMap((value, index) => value === 77 ? [index] : []);
  assert(endless.length > 0 && failing.length > 0, "the seed must give both kinds of cases");
  const root = Deno.makeTempDirSync();
  for (const guided of [false, true]) {
    await t.step(guided ? "guided" : "blind", async () => {
      const plan = { ...PLAN, guided };
      const name = (way: string): string => `${root}/${way}-${guided}`;
      await campaign(name("one"), plan, 1);
      const whole = contents(name("one"), guided) as {
        sums: { done: number; failed: number };
        found: unknown[];
      };
      assertEquals(whole.sums.done, RUNS);
      if (!guided) {
        const failed = readState(name("one")).journal.failed.get("looping") ?? new Map<number, string>();
        const isEndless = (rule: string): boolean => rule === "never-ends";
        assertEquals(
          [...failed].filter(([, rule]) => isEndless(rule)).map(([index]) => index).sort(),
          endless,
        );
        assertEquals(
          [...failed].filter(([, rule]) => !isEndless(rule)).map(([index]) => index).sort(),
          failing,
        );
      }
      if (!guided) {
        await campaign(name("often"), plan, 1, 20);
        await campaign(name("often"), plan, 2);
        assertEquals(contents(name("often"), guided), whole);
        return;
      }
      for (const shard of [0, 1]) await campaign(name(`shard${shard}`), { ...plan, shard, shards: 2 }, 1);
      writeMerged(name("merged"), plan, [name("shard1"), name("shard0")]);
      assertEquals(contents(name("merged"), guided), whole);
    });
  }
  Deno.removeSync(root, { recursive: true });
});

Deno.test("a finding that never ends is replayed with an end in sight, and the next one after it", async () => {
  const replayer = new Replayer(CASE_MS, WORKER);
  assertEquals(await replayer.replay("looping", LOOPING.encode(14)), "It did not end in 0.3 s");
  assertEquals(await replayer.replay("looping", LOOPING.encode(12)), undefined);
  assertEquals(await replayer.replay("looping", LOOPING.encode(77)), "two sevens");
  replayer.end();
});
