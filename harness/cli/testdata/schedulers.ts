/**
 * Stand-ins for the schedulers of `deploy/`: they read the same files, start the same commands with the same variables,
 * and treat exit codes as the file says.
 *
 * @module
 */
import { parse } from "@std/yaml";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** How a job ended, by index: the exit codes of its processes in turn. */
export type Codes = ReadonlyMap<number, readonly number[]>;

/** What the test changes: variables of the file, and which job is told to end while it runs. */
export interface Trial {
  readonly variables: Readonly<Record<string, string>>;
  /** The job that gets SIGTERM once its campaign has begun; none when absent. */
  readonly evicted?: number;
}

async function shell(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  evictWhen?: () => boolean,
): Promise<number> {
  const [program = "", ...args] = command;
  const process = new Deno.Command(program, { args, env, cwd: ROOT, stdout: "null", stderr: "null" }).spawn();
  let over = false;
  const end = process.status.then(({ code }) => {
    over = true;
    return code;
  });
  if (evictWhen !== undefined) {
    while (!over && !evictWhen()) await new Promise((resolve) => setTimeout(resolve, 5));
    if (!over) process.kill("SIGTERM");
  }
  return await end;
}

/** Whether a campaign's folder has a journal with something in it. */
function hasBegun(folder: string): () => boolean {
  return () => {
    try {
      return [...Deno.readDirSync(`${folder}/journal`)].some(({ name }) =>
        Deno.statSync(`${folder}/journal/${name}`).size > 20
      );
    } catch {
      return false;
    }
  };
}

/** The steps of a YAML document that the test looks at, without a type for all of Kubernetes. */
function at(document: unknown, ...path: (string | number)[]): unknown {
  let value = document;
  for (const step of path) value = (value as Record<string | number, unknown> | undefined)?.[step];
  return value;
}

function read(file: string): unknown {
  return parse(Deno.readTextFileSync(`${ROOT}deploy/${file}`));
}

/** An Indexed Job with its podFailurePolicy. */
export async function runIndexedJob({ variables, evicted }: Trial): Promise<Codes> {
  const spec = at(read("kubernetes-job.yaml"), "spec");
  const container = at(spec, "template", "spec", "containers", 0);
  const command = [...at(container, "command") as string[], ...at(container, "args") as string[]];
  const given = at(container, "env") as { name: string; value: string }[];
  const rules = at(spec, "podFailurePolicy", "rules") as { action: string; onExitCodes?: { values: number[] } }[];
  const codes = new Map<number, number[]>();
  const pods = Array.from({ length: Number(at(spec, "completions")) }, async (_, index) => {
    const env: Record<string, string> = {
      ...Object.fromEntries(given.map(({ name, value }) => [name, value])),
      ...variables,
      JOB_COMPLETION_INDEX: `${index}`,
    };
    const runs: number[] = [];
    codes.set(index, runs);
    for (let retries = 0; retries <= Number(at(spec, "backoffLimitPerIndex"));) {
      const evict = index === evicted && runs.length === 0 ? hasBegun(`${env["OUT"]}/${index}`) : undefined;
      const code = await shell(command, env, evict);
      runs.push(code);
      if (code === 0) return;
      const action = rules.find(({ onExitCodes }) => onExitCodes?.values.includes(code) === true)?.action;
      if (action === "FailIndex") return;
      if (action === "FailJob") throw new Error(`pod ${index} failed the job with ${code}`);
      if (action !== "Ignore") retries++;
    }
  });
  await Promise.all(pods);
  return codes;
}

/** A Slurm array: the directives of the script are read as sbatch does, and `scontrol requeue` starts a task again. */
export async function runArray({ variables, evicted }: Trial, bin: string): Promise<Codes> {
  const script = Deno.readTextFileSync(`${ROOT}deploy/slurm-array.sh`);
  const [, first, last] = /^#SBATCH --array=(\d+)-(\d+)$/m.exec(script) ?? [];
  const [, cpus = "1"] = /^#SBATCH --cpus-per-task=(\d+)$/m.exec(script) ?? [];
  Deno.writeTextFileSync(`${bin}/scontrol`, `#!/bin/sh\necho "$@" >> "${bin}/requeued"\n`, { mode: 0o755 });
  const count = Number(last) - Number(first) + 1;
  const codes = new Map<number, number[]>();
  await Promise.all(Array.from({ length: count }, async (_, offset) => {
    const index = Number(first) + offset;
    const env: Record<string, string> = {
      ...variables,
      PATH: `${bin}:${Deno.env.get("PATH")}`,
      SLURM_ARRAY_JOB_ID: "4711",
      SLURM_ARRAY_TASK_ID: `${index}`,
      SLURM_ARRAY_TASK_COUNT: `${count}`,
      SLURM_ARRAY_TASK_MIN: `${first}`,
      SLURM_ARRAY_TASK_MAX: `${last}`,
      SLURM_ARRAY_TASK_STEP: "1",
      SLURM_CPUS_PER_TASK: cpus,
    };
    const runs: number[] = [];
    codes.set(index, runs);
    for (let again = true; again;) {
      const evict = index === evicted && runs.length === 0 ? hasBegun(`${env["OUT"]}/${index}`) : undefined;
      runs.push(await shell(["bash", `${ROOT}deploy/slurm-array.sh`], env, evict));
      const requeued = (() => {
        try {
          return Deno.readTextFileSync(`${bin}/requeued`).split("\n");
        } catch {
          return [];
        }
      })();
      again = requeued.filter((line) => line === `requeue 4711_${index}`).length === runs.length;
    }
  }));
  return codes;
}

/** A matrix of GitHub Actions: the `run` steps of a job for each shard, its artifacts as folders, then the merge. */
export async function runMatrix({ variables }: Trial): Promise<Codes> {
  const workflow = read("github-actions.yml");
  const env = { ...at(workflow, "env") as Record<string, string>, ...variables };
  const shards = at(workflow, "jobs", "fuzz", "strategy", "matrix", "shard") as number[];
  const filled = (text: string, shard: number): string =>
    text.replaceAll("${{ matrix.shard }}", `${shard}`).replaceAll("${{ env.OUT }}", env["OUT"] ?? "");
  const stepsOf = (job: string) =>
    at(workflow, "jobs", job, "steps") as { run?: string; uses?: string; with?: Record<string, string> }[];
  const codes = new Map<number, number[]>();
  await Promise.all(shards.map(async (shard) => {
    const runs: number[] = [];
    codes.set(shard, runs);
    for (const { run, uses, with: options } of stepsOf("fuzz")) {
      if (run !== undefined) runs.push(await shell(["bash", "-e", "-c", filled(run, shard)], env));
      if (uses?.startsWith("actions/upload-artifact") !== true) continue;
      // Downloaded again below the folder that the merge names.
      const [path, name] = [filled(options?.["path"] ?? "", shard), filled(options?.["name"] ?? "", shard)];
      Deno.renameSync(path, `${env["OUT"]}/${name}`);
    }
  }));
  for (const { run } of stepsOf("merge")) {
    if (run !== undefined) codes.set(0, [await shell(["bash", "-e", "-c", filled(run, 0)], env)]);
  }
  return codes;
}
