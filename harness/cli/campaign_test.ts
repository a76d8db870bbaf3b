/**
 * Campaigns: the same findings with any number of workers, in any shards, however often they are interrupted.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { DISK } from "../files/mod.ts";
import { type CampaignEnd, runCampaign } from "./campaign.ts";
import {
  type CampaignPlan,
  CampaignStore,
  foldersOf,
  readFinding,
  readJournal,
  writeFinding,
} from "./campaign_store.ts";

const WORKER = new URL("testdata/broken_worker.ts", import.meta.url);
const PLAN: CampaignPlan = { seed: 1, runs: 600, targets: ["broken"], shard: 0, shards: 1 };

async function campaign(
  folder: string,
  plan: CampaignPlan,
  workers: number,
  stop = new AbortController(),
): Promise<CampaignEnd> {
  const store = new CampaignStore(folder, plan);
  try {
    return await runCampaign(plan, store, {
      workers,
      worker: WORKER,
      stop: stop.signal,
      onFailure: (failure) => writeFinding(`${folder}/findings`, plan.seed, failure),
      onProgress: (done) => done >= 100 && done < 300 ? stop.abort() : undefined,
    });
  } finally {
    store.close();
  }
}

function findingsOf(folder: string): unknown[] {
  return foldersOf(`${folder}/findings`).map((name) => {
    const { head, files } = readFinding(`${folder}/findings/${name}`);
    return { ...head, case: new TextDecoder().decode(files["case.json"]) };
  });
}

Deno.test("a campaign finds the same with one worker, with three, and interrupted", async () => {
  const root = Deno.makeTempDirSync();
  const never = { abort: () => {}, signal: new AbortController().signal } as unknown as AbortController;
  const one = await campaign(`${root}/one`, PLAN, 1, never);
  const three = await campaign(`${root}/three`, PLAN, 3, never);
  assertEquals([one.done, three.done], [600, 600]);
  const ends = [await campaign(`${root}/often`, PLAN, 2)];
  while (ends.at(-1)?.interrupted === true && ends.length < 5) {
    ends.push(await campaign(`${root}/often`, PLAN, 2, never));
  }
  assertEquals(ends[0]?.interrupted, true);
  assertEquals(ends.reduce((sum, { tried }) => sum + tried, 0), 600, "nothing is tried twice");
  assertEquals(readJournal(`${root}/often`).get("broken"), [{ from: 0, to: 600 }]);
  const found = findingsOf(`${root}/one`);
  assert(found.length >= 1);
  assertEquals(findingsOf(`${root}/three`), found);
  assertEquals(findingsOf(`${root}/often`), found);
  Deno.removeSync(root, { recursive: true });
});

Deno.test("CampaignStore counts no line that a killed process left unfinished", () => {
  const root = `${Deno.makeTempDirSync()}/c`;
  const store = new CampaignStore(root, PLAN);
  store.note("broken", { from: 0, to: 10 });
  store.close();
  const journal = `${root}/journal.jsonl`;
  DISK.write(
    journal,
    new TextEncoder().encode(Deno.readTextFileSync(journal) + `{"target":"broken","from":10,"t`),
  );
  const again = new CampaignStore(root, PLAN);
  assertEquals(again.done("broken"), [{ from: 0, to: 10 }]);
  again.note("broken", { from: 10, to: 12 });
  again.close();
  assertEquals(readJournal(root).get("broken"), [{ from: 0, to: 12 }]);
  Deno.removeSync(`${root}/..`, { recursive: true });
});

Deno.test("writeFinding keeps the earliest case of a bucket, whole", () => {
  const root = Deno.makeTempDirSync();
  const failure = (index: number) => ({
    target: "broken",
    index,
    message: "m",
    bucket: "broken-m",
    shrinks: 1,
    files: { "case.json": new TextEncoder().encode(`${index}`) },
  });
  for (const index of [5, 3, 9]) writeFinding(root, 1, failure(index));
  const { head, files } = readFinding(`${root}/broken-m`);
  assertEquals([head.index, new TextDecoder().decode(files["case.json"])], [3, "3"]);
  assertEquals(foldersOf(root), ["broken-m"]);
  Deno.removeSync(root, { recursive: true });
});
