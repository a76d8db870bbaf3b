/**
 * Campaigns: the same findings with any number of workers, in any shards, however often they are interrupted.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type CampaignEnd, runCampaign } from "./campaign.ts";
import { type CampaignPlan, CampaignStore, readState, writeMerged } from "./campaign_store.ts";
import { foldersOf, readFinding, writeFinding } from "./finding_folder.ts";

const WORKER = new URL("testdata/broken_worker.ts", import.meta.url);
const PLAN: CampaignPlan = {
  seed: 1,
  runs: 600,
  targets: ["broken"],
  cases: { broken: 600 },
  guided: false,
  shard: 0,
  shards: 1,
};

interface Way {
  readonly workers: number;
  /** Cases after which the campaign is told to stop. */
  readonly stopAt?: number;
}

async function campaign(folder: string, plan: CampaignPlan, { workers, stopAt }: Way): Promise<CampaignEnd> {
  const store = new CampaignStore(folder, plan);
  const stop = new AbortController();
  try {
    return await runCampaign(plan, store, {
      workers,
      worker: WORKER,
      stop: stop.signal,
      onReport: (_report, done) => done >= (stopAt ?? Infinity) ? stop.abort() : undefined,
    });
  } finally {
    store.close();
  }
}

/** Everything that a campaign's folder says, without its path. */
function contents(folder: string): unknown {
  const { journal } = readState(folder);
  const findings = foldersOf(`${folder}/findings`).map((name) => {
    const { head, files } = readFinding(`${folder}/findings/${name}`);
    return { ...head, case: new TextDecoder().decode(files["case.json"]) };
  });
  return { done: journal.done, failed: journal.failed, reached: journal.reached, findings };
}

Deno.test("a campaign finds the same with one worker, with three, interrupted, and in shards that are merged", async () => {
  const root = Deno.makeTempDirSync();
  await campaign(`${root}/one`, PLAN, { workers: 1 });
  await campaign(`${root}/three`, PLAN, { workers: 3 });
  const first = await campaign(`${root}/often`, PLAN, { workers: 2, stopAt: 100 });
  assertEquals(first.interrupted, true);
  assert(first.tried < 600);
  await campaign(`${root}/often`, PLAN, { workers: 2 });
  for (const shard of [0, 1, 2]) {
    await campaign(`${root}/shard${shard}`, { ...PLAN, shard, shards: 3 }, { workers: 2 });
  }
  const shards = [2, 0, 1, 0].map((shard) => `${root}/shard${shard}`);
  writeMerged(`${root}/merged`, PLAN, shards);
  const whole = contents(`${root}/one`) as { findings: unknown[] };
  assert(whole.findings.length >= 1);
  for (const name of ["three", "often", "merged"]) assertEquals(contents(`${root}/${name}`), whole, name);
  assertEquals(readState(`${root}/often`).journal.dots, 600, "nothing is tried twice");
  Deno.removeSync(root, { recursive: true });
});

Deno.test("writeFinding keeps the earliest case of a bucket, whole", () => {
  const root = Deno.makeTempDirSync();
  const failure = (index: number) => ({
    target: "broken",
    index,
    rule: "m",
    message: "m",
    bucket: "broken-m",
    shrinks: 1,
    files: { "case.json": new TextEncoder().encode(`${index}`) },
    shows: { "source.trace": new TextEncoder().encode("a line\n") },
  });
  for (const index of [5, 3, 9]) writeFinding(root, 1, failure(index));
  const { head, files } = readFinding(`${root}/broken-m`);
  assertEquals([head.index, new TextDecoder().decode(files["case.json"])], [3, "3"]);
  assertEquals(foldersOf(root), ["broken-m"]);
  assert(Deno.readTextFileSync(`${root}/broken-m/README.md`).includes(`fuzz replay ${root}/broken-m\n`));
  Deno.removeSync(root, { recursive: true });
});
