/**
 * How fast the model runs, beside a plain C loop over the same pages. `deno bench harness/model/simulate_bench.ts`;
 * `deno task bench:model` prints ratios, each case in a process of its own, with the most memory that it held.
 *
 * The C loop, compiled where there is a compiler, does for each page that the migration sends what no model can leave
 * out: it finds the page's bit, clears it and adds up bytes.
 *
 * On two cores that eight others used at the same time, processor time of a run: 0.56 ms for the first case (1781 a second;
 * 0.91 to 1.32 ms before waits, messages and write calls ceased to allocate), 64 ms for 64 GiB, 0.57 s and 0.55 s for
 * 1 TiB. A heap profile finds 0.35 MB allocated by a run of the first case, and no event's arguments among it: what is
 * not traced is not made, once the compiler has seen that nobody takes it.
 *
 * @module
 */
import process from "node:process";
import { makeScenario, type Scenario, type ScenarioInput } from "../scenario/mod.ts";
import { simulate, type SimulateOptions } from "./mod.ts";

const GIB = 2 ** 30;
/** 1 Gbit/s, and half of it in pages a second. */
const GIGABIT = 125_000_000;
const HALF = GIGABIT / 2 / 4104;

const CASES: Readonly<Record<string, ScenarioInput>> = {
  "1 GiB, 1 Gbit/s, dirty rate half the link": {
    why: "the case that has to run a thousand times a second",
    guest: { ram_bytes: GIB, filled: [{ start_page: 0, pages: GIB / 4096 }] },
    workload: [{ kind: "sweep", start_page: 1024, pages: 65_536, rate_pages_per_second: Math.round(HALF) }],
    parameters: { "max-bandwidth": GIGABIT },
  },
  "64 GiB, 10 Gbit/s, 250,000 pages/s over 4 GiB": {
    why: "a large guest that writes at random",
    guest: { ram_bytes: 64 * GIB, filled: [{ start_page: 0, pages: 64 * GIB / 4096 }] },
    workload: [{ kind: "random", start_page: 1024, pages: 4 * GIB / 4096, rate_pages_per_second: 250_000 }],
    parameters: { "max-bandwidth": 10 * GIGABIT },
  },
  "1 TiB, 10 Gbit/s, 250,000 pages/s over 4 GiB": {
    why: "a guest as large as they come",
    guest: { ram_bytes: 1024 * GIB, filled: [{ start_page: 0, pages: 1024 * GIB / 4096 }] },
    workload: [{ kind: "random", start_page: 1024, pages: 4 * GIB / 4096, rate_pages_per_second: 250_000 }],
    parameters: { "max-bandwidth": 10 * GIGABIT },
    time_limit_ms: 7_200_000,
  },
  // The first case in large: what a page costs must not grow with their number.
  "1 TiB, 10 Gbit/s, dirty rate half the link": {
    why: "the first case in large",
    guest: { ram_bytes: 1024 * GIB, filled: [{ start_page: 0, pages: 1024 * GIB / 4096 }] },
    workload: [
      { kind: "sweep", start_page: 1024, pages: 1024 * 65_536, rate_pages_per_second: Math.round(10 * HALF) },
    ],
    parameters: { "max-bandwidth": 10 * GIGABIT },
    time_limit_ms: 7_200_000,
  },
};
const QUIET: SimulateOptions = { trace: false, samples: false };

const C_LOOP = `
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int main(int argc, char **argv) {
  uint64_t pages = strtoull(argv[1], 0, 10), ram = strtoull(argv[2], 0, 10), words = ram / 64;
  uint64_t *bits = malloc(words * 8), sent = 0, bytes = 0;
  struct timespec a, b;
  for (uint64_t i = 0; i < words; i++) bits[i] = ~0ull;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
  while (sent < pages) {
    for (uint64_t i = 0; i < words && sent < pages; i++) {
      while (bits[i] && sent < pages) { bits[i] &= bits[i] - 1; bytes += 4104; sent++; }
      bits[i] = ~0ull;
    }
  }
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
  printf("%f %llu\\n", (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) / 1e6, (unsigned long long) bytes);
}`;

for (const [name, input] of Object.entries(CASES)) {
  const scenario = makeScenario(input);
  Deno.bench({ name, group: name, n: name.startsWith("1 GiB") ? 50 : 2, warmup: 1 }, () => {
    simulate(scenario, QUIET);
  });
}

/** Milliseconds of processor time that the C loop needs; null where nothing compiles C. */
function runInC(pages: number, ram: number): number | null {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/loop.c`, C_LOOP);
    const compiled = new Deno.Command("cc", { args: ["-O2", "-o", `${folder}/loop`, `${folder}/loop.c`] })
      .outputSync();
    if (!compiled.success) return null;
    const { stdout } = new Deno.Command(`${folder}/loop`, { args: [String(pages), String(ram)] })
      .outputSync();
    return Number(new TextDecoder().decode(stdout).split(" ")[0]);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Processor time of this process in milliseconds, which other work on the machine does not touch. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The most memory that this process has held, in megabytes; null where the system does not tell. */
function mostMegabytes(): number | null {
  try {
    const kib = /^VmHWM:\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1];
    return kib === undefined ? null : Math.round(Number(kib) * 1024 / 1e6);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** What a case needed. */
interface Figures {
  /** Milliseconds of processor time of a run without a trace, and with one. */
  readonly each: number;
  readonly traced: number;
  readonly sent: number;
  readonly megabytes: number | null;
}

/** So much processor time a case is given to warm up, in which the compiler works as much as the model. */
const WARM_MS = 1000;
/** And so much in each round that counts; the median of the rounds is the result. */
const ROUND_MS = 500;
const ROUNDS = 5;

/** Milliseconds of processor time that a run takes, whoever in the process spends it. */
function measure(scenario: Scenario, options: SimulateOptions): number {
  meanOf(scenario, options, WARM_MS);
  const rounds = Array.from({ length: ROUNDS }, () => meanOf(scenario, options, ROUND_MS));
  return rounds.toSorted((a, b) => a - b)[ROUNDS >> 1] as number;
}

function meanOf(scenario: Scenario, options: SimulateOptions, leastMs: number): number {
  const start = processorMs();
  let runs = 0;
  let spent = 0;
  for (; spent < leastMs; spent = processorMs() - start) {
    simulate(scenario, options);
    runs++;
  }
  return spent / runs;
}

/** Runs one case in this process. */
function figuresOf(input: ScenarioInput): Figures {
  const scenario = makeScenario(input);
  const { outcome } = simulate(scenario, QUIET);
  const megabytes = mostMegabytes();
  const each = measure(scenario, QUIET);
  const traced = measure(scenario, { samples: false });
  return { each, traced, sent: outcome.normalPages + outcome.duplicatePages, megabytes };
}

/** Runs one case in a process of its own. */
function figuresApart(name: string): Figures {
  const args = ["run", "-A", import.meta.filename ?? "", "--case", name];
  const { success, stdout, stderr } = new Deno.Command(Deno.execPath(), { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

if (import.meta.main && Deno.args.includes("--ratios")) {
  // deno-lint-ignore no-console
  const print = (line: string): void => console.log(line);
  for (const [name, input] of Object.entries(CASES)) {
    const { each, traced, sent, megabytes } = figuresApart(name);
    const inC = runInC(sent, (input.guest?.ram_bytes ?? 0) / 4096);
    const ratio = inC === null
      ? "no C compiler"
      : `${(each / inC).toFixed(1)} times the C loop's ${inC.toFixed(2)} ms`;
    print(
      `${name}:\n  ${each.toFixed(2)} ms of processor time, so ${
        (1000 / each).toFixed(1)
      } a second; ${ratio}`,
    );
    print(
      `  ${sent} pages, ${(each * 1e6 / sent).toFixed(2)} ns a page; at most ${megabytes} MB for one run`,
    );
    print(`  with a trace in memory ${traced.toFixed(2)} ms: ${(traced / each).toFixed(2)} times that`);
  }
} else if (import.meta.main && Deno.args[0] === "--case") {
  const input = CASES[Deno.args[1] ?? ""];
  // deno-lint-ignore no-console
  if (input !== undefined) console.log(JSON.stringify(figuresOf(input)));
}
