/**
 * Which part of a campaign this process is to do: as the user says, or as the scheduler's variables say.
 *
 * @module
 */
import { CommandError } from "./command.ts";

/** One part of a campaign. */
export interface ShardAsked {
  /** From 0. */
  readonly shard: number;
  readonly shards: number;
  /** The variables that it was read from; absent when the user said it. */
  readonly variables?: string;
}

const SHARDS_MAX = 1_000_000;

type Get = (name: string) => string | undefined;

/** How a scheduler tells one of many equal jobs which it is. */
interface Scheduler {
  readonly index: string;
  /** Absent where the scheduler does not tell how many there are. */
  readonly count?: string;
  /** The index of the first job. */
  readonly first: (get: Get) => number;
  /** How far two neighbours are apart. */
  readonly step?: (get: Get) => number;
}

/**
 * Bazel sets its variables inside a test that another scheduler may have started, so it comes first.
 *
 * Slurm numbers array tasks from `SLURM_ARRAY_TASK_MIN` in steps of `SLURM_ARRAY_TASK_STEP`. Kubernetes tells the index
 * of an Indexed Job only; the manifest says how many completions it wants and can say it here as well.
 */
const SCHEDULERS: readonly Scheduler[] = [
  { index: "TEST_SHARD_INDEX", count: "TEST_TOTAL_SHARDS", first: () => 0 },
  {
    index: "SLURM_ARRAY_TASK_ID",
    count: "SLURM_ARRAY_TASK_COUNT",
    first: (get) => Number(get("SLURM_ARRAY_TASK_MIN") ?? 0),
    step: (get) => Number(get("SLURM_ARRAY_TASK_STEP") ?? 1),
  },
  { index: "JOB_COMPLETION_INDEX", count: "JOB_COMPLETIONS", first: () => 0 },
  { index: "CI_NODE_INDEX", count: "CI_NODE_TOTAL", first: () => 1 },
];

/**
 * Reads which part is asked for.
 *
 * @param text The value of `--shard`: `I/N` counted from 1, `all`, or `undefined`.
 * @param get Reads a variable of the environment.
 * @throws {CommandError} If it makes no sense.
 */
export function shardAsked(text: string | undefined, get: Get): ShardAsked {
  if (text === "all") return { shard: 0, shards: 1 };
  if (text !== undefined) return parseShard(text);
  for (const scheduler of SCHEDULERS) {
    if ((get(scheduler.index) ?? "") !== "") return fromScheduler(scheduler, get);
  }
  return { shard: 0, shards: 1 };
}

function parseShard(text: string): ShardAsked {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, shards] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && index >= 1 && index <= shards && shards <= SHARDS_MAX) {
    return { shard: index - 1, shards };
  }
  throw new CommandError(`--shard must be I/N with I from 1 to N, or all, not "${text}"`);
}

function fromScheduler({ index, count = "", first, step }: Scheduler, get: Get): ShardAsked {
  const variables = `${index} and ${count}`;
  const [given, total] = [Number(get(index)), get(count)];
  if (total === undefined || total === "") {
    throw new CommandError(
      `${index} says that this is one of many jobs, but ${count} does not say of how many; give --shard I/N, or --shard all`,
    );
  }
  const shards = Number(total);
  const shard = (given - first(get)) / (step?.(get) ?? 1);
  const isWhole = Number.isInteger(shard) && Number.isInteger(shards);
  if (isWhole && shard >= 0 && shard < shards && shards <= SHARDS_MAX) return { shard, shards, variables };
  throw new CommandError(
    `${variables} name no part of a campaign: ${get(index)} of ${total}; give --shard I/N, or --shard all`,
  );
}
