/**
 * The files of `deploy/`, each run by a stand-in of its scheduler: the shards together are the whole campaign.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { readPlan, readState, writeMerged } from "./campaign_store.ts";
import { runArray, runIndexedJob, runMatrix } from "./testdata/schedulers.ts";

/** Enough that a shard is still at it when it is told to end. */
const VARIABLES = { TARGETS: "log", RUNS: "1200", SEED: "3" };
const SHARDS = [0, 1, 2, 3];

/** What four shards have done together; each must have done its own part and no other. */
function unite(folders: readonly string[], out: string): unknown {
  const plans = folders.map((folder) => readPlan(folder));
  assertEquals(plans.map((plan) => [plan?.shard, plan?.shards]), SHARDS.map((shard) => [shard, 4]));
  const [plan] = plans;
  if (plan === undefined) throw new Error("there is no first shard");
  const { journal } = writeMerged(out, plan, folders);
  return { done: journal.done, dots: journal.dots };
}

function wholeOf(runs: number): unknown {
  return { done: new Map([["log", [{ from: 0, to: runs }]]]), dots: runs };
}

const WHOLE = wholeOf(1200);

Deno.test("deploy/kubernetes-job.yaml: four pods do the whole campaign; one is evicted and goes on", async () => {
  const root = Deno.makeTempDirSync();
  const codes = await runIndexedJob({ variables: { ...VARIABLES, OUT: root }, evicted: 2 });
  assertEquals([codes.get(0), codes.get(2)], [[0], [75, 0]]);
  assertEquals(unite(SHARDS.map((shard) => `${root}/${shard}`), `${root}/all`), WHOLE);
  Deno.removeSync(root, { recursive: true });
});

Deno.test("deploy/slurm-array.sh: four tasks do the whole campaign; one runs out of time and is queued again", async () => {
  const root = Deno.makeTempDirSync();
  Deno.mkdirSync(`${root}/bin`);
  const codes = await runArray({ variables: { ...VARIABLES, OUT: root }, evicted: 1 }, `${root}/bin`);
  assertEquals([codes.get(0), codes.get(1)], [[0], [75, 0]]);
  assertEquals(unite(SHARDS.map((shard) => `${root}/${shard}`), `${root}/all`), WHOLE);
  Deno.removeSync(root, { recursive: true });
});

Deno.test("deploy/github-actions.yml: four jobs of the matrix do the whole campaign, and the last one unites them", async () => {
  const root = Deno.makeTempDirSync();
  // None of them is told to end.
  const codes = await runMatrix({ variables: { ...VARIABLES, RUNS: "200", OUT: root } });
  assertEquals([...codes].sort(), [[0, [0]], [1, [0]], [2, [0]], [3, [0]], [4, [0]]]);
  const { journal } = readState(`${root}/all`);
  assertEquals({ done: journal.done, dots: journal.dots }, wholeOf(200));
  Deno.removeSync(root, { recursive: true });
});
