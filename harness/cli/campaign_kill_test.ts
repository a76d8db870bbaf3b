/**
 * Campaigns that are killed: whenever it happens, at most the case under way of each worker is lost, nothing counts
 * twice, and the campaign ends as one that nobody disturbed.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { readState } from "./campaign_store.ts";
import { foldersOf, readFindingHead } from "./finding_folder.ts";
import { journalsAtRest } from "./journal_file.ts";

const PROGRAM = new URL("testdata/counting_campaign.ts", import.meta.url).pathname;
const RUNS = 400;
const WORKERS = 2;

function start(folder: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", "--allow-write", "--allow-env", "--allow-run", PROGRAM, folder, `${RUNS}`],
    env: { TRIES: `${folder}.tries` },
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

function triesOf(folder: string): number {
  try {
    return Deno.statSync(`${folder}.tries`).size;
  } catch {
    return 0;
  }
}

/** Waits until the campaign has tried so many cases, or is over. */
async function untilTried(folder: string, tries: number, process: Deno.ChildProcess): Promise<void> {
  let over = false;
  const end = process.status.then(() => over = true);
  while (!over && triesOf(folder) < tries) await new Promise((resolve) => setTimeout(resolve, 2));
  if (over) await end;
}

function summary(folder: string): unknown {
  const { journal } = readState(folder);
  const findings = foldersOf(`${folder}/findings`).map((name) =>
    readFindingHead(`${folder}/findings/${name}`)
  );
  const reached = [...journal.reached.get("counting") ?? []].sort();
  return { done: journal.done, failed: journal.failed, reached, findings };
}

Deno.test("a campaign that is killed loses at most the case under way of each worker, and counts none twice", async () => {
  const root = Deno.makeTempDirSync();
  const folder = `${root}/killed`;
  let kills = 0;
  // Marks at which the process is killed; where exactly in a case that falls is up to the machine.
  for (const tries of [1, 90, 230]) {
    const process = start(folder);
    await untilTried(folder, tries, process);
    try {
      process.kill("SIGKILL");
    } catch {
      // It was over already; then there is nothing to lose.
    }
    await process.status;
    // Its workers end with it, whatever they are doing, and give the journals free.
    await journalsAtRest(folder);
    const { journal } = readState(folder);
    assertEquals(
      journal.dots,
      (journal.done.get("counting") ?? []).reduce((sum, { from, to }) => sum + to - from, 0),
    );
    const failed = journal.failed.get("counting")?.size ?? 0;
    const lost = triesOf(folder) - (journal.dots - failed);
    kills++;
    assert(
      lost >= 0 && lost <= kills * WORKERS,
      `${lost} cases lost by ${kills} kills, the last at ${tries} tries`,
    );
  }
  assertEquals((await start(folder).status).code, 0);
  const undisturbed = `${root}/whole`;
  assertEquals((await start(undisturbed).status).code, 0);
  assertEquals(summary(folder), summary(undisturbed));
  assertEquals(readState(folder).journal.dots, RUNS);
  Deno.removeSync(root, { recursive: true });
});

Deno.test("a campaign that is told to end flushes its journal and exits 75, and goes on from there", async () => {
  const root = Deno.makeTempDirSync();
  const folder = `${root}/ended`;
  const process = start(folder);
  await untilTried(folder, 100, process);
  process.kill("SIGTERM");
  assertEquals((await process.status).code, 75);
  const { journal } = readState(folder);
  assert(journal.dots > 0 && journal.dots < RUNS);
  assertEquals((await start(folder).status).code, 0);
  assertEquals(readState(folder).journal.dots, RUNS);
  Deno.removeSync(root, { recursive: true });
});
