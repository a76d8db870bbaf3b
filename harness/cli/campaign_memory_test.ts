/**
 * Cases that fill the memory of their worker: each is a finding with the case as data, and the campaign goes on.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drawCase } from "../../fuzz/mod.ts";
import { runCampaign } from "./campaign.ts";
import {
  type CampaignLog,
  type CampaignPlan,
  CampaignStore,
  memoryLog,
  readState,
} from "./campaign_store.ts";
import { foldersOf, readFinding } from "./finding_folder.ts";
import { ReplayProcess } from "./replay_process.ts";
import { HUNGRY } from "./testdata/hungry_worker.ts";

const WORKER = new URL("testdata/hungry_worker.ts", import.meta.url);
const RUNS = 20;
const HEAP_MB = 96;
const PLAN: CampaignPlan = {
  seed: 1,
  runs: RUNS,
  targets: ["hungry"],
  cases: { hungry: RUNS },
  guided: false,
  shard: 0,
  shards: 1,
};

async function campaign(log: CampaignLog, plan: CampaignPlan, workers: number): Promise<number> {
  const { tried } = await runCampaign(plan, log, {
    workers,
    worker: WORKER,
    heapMb: HEAP_MB,
    stop: new AbortController().signal,
    onReport: () => {},
  });
  return tried;
}

/** What a campaign's folder says, and the findings with their cases. */
function contents(folder: string): unknown {
  const { journal } = readState(folder);
  const found = foldersOf(`${folder}/findings`).map((name) => {
    const { head, files } = readFinding(`${folder}/findings/${name}`);
    return { ...head, case: new TextDecoder().decode(files["case.json"]) };
  });
  const { done, failed, reached, dots } = journal;
  return { done, failed, reached: [...reached.get("hungry") ?? []].sort(), dots, found };
}

Deno.test("cases that fill the memory of a worker are findings, and a campaign with them ends", async () => {
  const drawn = Array.from({ length: RUNS }, (_, index) => drawCase(HUNGRY, PLAN.seed, index));
  const rules = drawn.flatMap((value, index): [number, string][] => {
    if (value === 13) return [[index, "kills-its-worker"]];
    return value === 7 ? [[index, "a-seven-"]] : [];
  });
  assertEquals(new Set(rules.map(([, rule]) => rule)).size, 2, "the seed must give both kinds of cases");
  const root = Deno.makeTempDirSync();
  const store = new CampaignStore(`${root}/one`, PLAN);
  assertEquals(await campaign(store, PLAN, 1), RUNS);
  const { journal, findings } = store.close();
  const failed = [...journal.failed.get("hungry") ?? []].sort(([a], [b]) => a - b);
  assertEquals(failed.map(([index]) => index), rules.map(([index]) => index));
  for (const [at, [, rule]] of rules.entries()) assertStringIncludes(failed[at]?.[1] ?? "", rule);
  const fatal = [...findings.values()].find(({ rule }) => rule === "kills-its-worker");
  assert(fatal !== undefined);
  const two = new CampaignStore(`${root}/two`, PLAN);
  await campaign(two, PLAN, 2);
  two.close();
  const text = (name: string) => JSON.stringify(contents(`${root}/${name}`));
  assertEquals(text("two"), text("one"));
  // Nobody tries them again, and a campaign of which nothing is kept survives them just so.
  assertEquals(await campaign(new CampaignStore(`${root}/one`, PLAN), PLAN, 1), 0);
  assertEquals(await campaign(memoryLog(`${root}/none`, PLAN.seed), PLAN, 1), RUNS);
  assertEquals(foldersOf(`${root}/none/findings`), foldersOf(`${root}/one/findings`));
  Deno.removeSync(root, { recursive: true });
});

Deno.test("a finding that kills its worker is replayed, and the next one after it", async () => {
  const replayer = new ReplayProcess(Deno.execPath(), 60_000, WORKER, HEAP_MB);
  assertStringIncludes(await replayer.replay("hungry", HUNGRY.encode(13)) ?? "", "Its worker died: ");
  assertEquals(await replayer.replay("hungry", HUNGRY.encode(12)), undefined);
  await replayer.end();
});
