/**
 * `sweep`: axes, the same bytes however it is run, resumption, and cells that can be run again.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCommand } from "./testdata/string_io.ts";

const SCENARIO = "scenarios/dirty_rate_beats_link.json";
const AXES = ["--axis", "max-bandwidth=20MiB..80MiB:4", "--axis", "dirty-rate=2k..20k:3"];

interface Cell {
  readonly values: readonly number[];
  readonly converged?: boolean;
  readonly error?: string;
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("sweep maps where a scenario converges", async () => {
  const { code, out } = await runCommand(["sweep", SCENARIO, ...AXES, "--workers", "1"]);
  assertEquals(code, 0, out);
  // More bandwidth converges, more writes do not: the frontier rises to the right.
  assertStringIncludes(out, "11 000 pages/s |..##\n".replace(" ", "\u202f"));
  assertMatch(out, / 2.000 pages\/s \|.*####\n/);
  assertMatch(out, /^max-bandwidth +dirty-rate +converged +status +total_ms/m);
  assertMatch(out, /\d+ of 12 cells converge\n$/);
});

Deno.test("sweep gives the same bytes with any number of workers", async () => {
  await inFolder(async (folder) => {
    const outcomes: string[] = [];
    for (const workers of ["1", "2", "3"]) {
      const [csv, page] = [`${folder}/cells.csv`, `${folder}/map.html`];
      const { out } = await runCommand(
        ["sweep", SCENARIO, ...AXES, "--workers", workers, "--json", "--csv", csv, "--html", page],
      );
      outcomes.push(out + Deno.readTextFileSync(csv) + Deno.readTextFileSync(page));
    }
    assertEquals(outcomes[1], outcomes[0]);
    assertEquals(outcomes[2], outcomes[0]);
  });
});

Deno.test("sweep --out goes on from any journal that a killed process can leave", async () => {
  await inFolder(async (folder) => {
    const run = () => runCommand(["sweep", SCENARIO, ...AXES, "--workers", "1", "--out", folder, "--json"]);
    const whole = await run();
    const journal = `${folder}/journal.jsonl`;
    const bytes = Deno.readFileSync(journal);
    const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
    assertEquals(lines.length, 13, "a head and a line for each cell");
    const cuts = [0, 1, (lines[0]?.length ?? 0) + 1, bytes.length / 2, bytes.length - 1];
    for (const cut of cuts.map(Math.floor)) {
      Deno.writeFileSync(journal, bytes.subarray(0, cut));
      assertEquals((await run()).out, whole.out, `cut after ${cut} bytes`);
      const cells = Deno.readTextFileSync(journal).trimEnd().split("\n").slice(1)
        .flatMap((line) => /^\{"cell":(\d+),.*\}$/.exec(line)?.[1] ?? []);
      assertEquals(new Set(cells).size, 12, `cut after ${cut} bytes: every cell is noted`);
      assertEquals(cells.length, 12, `cut after ${cut} bytes: none is noted twice`);
    }
    const before = Deno.readTextFileSync(journal);
    await run();
    assertEquals(Deno.readTextFileSync(journal), before, "nothing is left to do");
    const other = await runCommand([
      "sweep",
      SCENARIO,
      ...AXES,
      "--set",
      "downtime-limit=30",
      "--out",
      folder,
    ]);
    assertEquals(other.code, 2);
    assertStringIncludes(other.err, "holds another sweep");
  });
});

Deno.test("sweep ends with 75 when it is told to stop, and the same command goes on", async () => {
  await inFolder(async (folder) => {
    const args = [
      ...["run", "--allow-read", "--allow-write", "--allow-env", "harness/cli/main.ts", "sweep"],
      ...[
        SCENARIO,
        "--axis",
        "max-bandwidth=16MiB..64MiB:60",
        "--axis",
        "dirty-rate=2k..60k:60",
      ],
      ...["--workers", "2", "--out", folder, "--json"],
    ];
    const start = () => new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" }).spawn();
    const child = start();
    const ended = child.output();
    const journal = `${folder}/journal.jsonl`;
    for (let tries = 0; tries < 1500 && size(journal) < 3000; tries++) {
      await new Promise((go) => setTimeout(go, 20));
    }
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await ended;
    const told = new TextDecoder().decode(stderr);
    assertEquals([code, stdout.length], [75, 0], told);
    const done = Number(
      /interrupted: (\d+) of 3600 cells are done; run the same command again/.exec(told)?.[1],
    );
    const lines = Deno.readTextFileSync(journal).trimEnd().split("\n").length - 1;
    assertEquals(lines, done, "what is told is what is kept");
    assert(done > 0 && done < 3600, `${done} cells`);
  });
});

function size(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

Deno.test("sweep's cell and run --set give the same figures", async () => {
  const { out } = await runCommand(["sweep", SCENARIO, ...AXES, "--workers", "1", "--json"]);
  const { cells } = JSON.parse(out);
  for (const at of [0, 7, 11]) {
    const { values: [bandwidth, rate], converged, totalTimeMs, downtimeMs, transferredBytes } = cells[at];
    const again = await runCommand(
      ["run", SCENARIO, "--set", `max-bandwidth=${bandwidth}`, "--set", `dirty-rate=${rate}`, "--json"],
    );
    const { figures } = JSON.parse(again.out);
    assertEquals(figures.source === "completed", converged);
    assertEquals(
      [figures.totalTimeMs, figures.downtimeMs, figures.transferredBytes],
      [totalTimeMs, downtimeMs, transferredBytes],
    );
  }
});

Deno.test("sweep keeps a cell that is no scenario, with its reason", async () => {
  const { code, out } = await runCommand(
    [
      "sweep",
      SCENARIO,
      "--axis",
      "ram=32MiB..256MiB:2",
      "--axis",
      "downtime-limit=30,300",
      "--json",
      "--workers",
      "1",
    ],
  );
  assertEquals(code, 0);
  const cells: Cell[] = JSON.parse(out).cells;
  assertStringIncludes(cells[0]?.error ?? "", "The range ends at page");
  assertEquals(cells.map(({ error }) => error === undefined), [false, true, false, true]);
});

Deno.test("sweep measures what auto-converge takes from the guest", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/auto.json`;
    const scenario = JSON.parse(Deno.readTextFileSync(SCENARIO));
    Deno.writeTextFileSync(
      file,
      JSON.stringify({ ...scenario, capabilities: { "auto-converge": true }, operator: [] }),
    );
    const { out } = await runCommand(
      ["sweep", file, "--axis", "cpu-throttle-initial=10,80", "--axis", "max-bandwidth=40MiB,1GiB", "--json"],
    );
    const [slow, fast] = JSON.parse(out).cells as { converged: boolean; guestSlowdownPercent: number }[];
    assert(slow?.converged && fast?.converged);
    assert(slow.guestSlowdownPercent > 0 && fast.guestSlowdownPercent > 0);
    const unthrottled = JSON.parse(out).cells[2];
    assertEquals(unthrottled.guestSlowdownPercent, 0);
  });
});

Deno.test("sweep says what is wrong with its axes", async (t) => {
  const table: [axes: string[], reason: string][] = [
    [["dirty-rate=1..2"], "needs two axes"],
    [["dirty-rate=1..2", "dirty-rate=1..3"], "is an axis twice"],
    [["dirty-rate=1..2", "max-bandwith=1..2"], `did you mean "max-bandwidth"?`],
    [["dirty-rate=1..2", "max-bandwidth=1..zwei"], `"zwei" is no number`],
    [["dirty-rate=1..2", "max-bandwidth=1..2:0"], "STEPS must be from 1"],
    [["dirty-rate=1..2", "max-bandwidth=0..2:4log"], "log needs ends above 0"],
    [["dirty-rate=1..2", "max-bandwidth"], "NAME=FROM..TO"],
    [["dirty-rate=1..2", "max-bandwidth=1..2..3:4:5"], "NAME=FROM..TO"],
    [["dirty-rate=1..999999:1000", "max-bandwidth=1..999999:1000"], "at most 250000"],
    [["downtime-limit=3000000,4000000", "max-bandwidth=1,2"], "No cell is a scenario"],
  ];
  for (const [axes, reason] of table) {
    await t.step(axes.join(" "), async () => {
      const { code, err } = await runCommand([
        "sweep",
        SCENARIO,
        ...axes.flatMap((axis) => ["--axis", axis]),
      ]);
      assertEquals(code, 2, err);
      assertStringIncludes(err, reason);
    });
  }
});

Deno.test("sweep refuses a page that no browser could show, before it runs a cell", async () => {
  const axes = ["--axis", "dirty-rate=1..9999:200", "--axis", "max-bandwidth=1..9999:100"];
  const { code, err } = await runCommand(["sweep", SCENARIO, ...axes, "--html", "nowhere/map.html"]);
  assertEquals(code, 2);
  assertStringIncludes(
    err,
    "--html shows at most 50000 cells, 10000 of two axes; these are 20000 and 20000: use --csv",
  );
});
