/**
 * Which part of a campaign a job does: said by the user, or by the variables of five schedulers.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { CommandError } from "./command.ts";
import { shardAsked } from "./shard.ts";

Deno.test("shardAsked reads the variables of each scheduler, and the flag before them", async (t) => {
  const table: [
    because: string,
    text: string | undefined,
    variables: Record<string, string>,
    part: [number, number],
  ][] = [
    ["nobody says anything", undefined, {}, [0, 1]],
    ["the flag counts from 1", "2/4", {}, [1, 4]],
    ["Kubernetes counts from 0", undefined, { JOB_COMPLETION_INDEX: "3", JOB_COMPLETIONS: "4" }, [3, 4]],
    ["GitLab counts from 1", undefined, { CI_NODE_INDEX: "1", CI_NODE_TOTAL: "3" }, [0, 3]],
    ["Slurm, --array=0-3", undefined, { SLURM_ARRAY_TASK_ID: "2", SLURM_ARRAY_TASK_COUNT: "4" }, [2, 4]],
    ["Slurm, --array=10-40:10", undefined, {
      SLURM_ARRAY_TASK_ID: "30",
      SLURM_ARRAY_TASK_COUNT: "4",
      SLURM_ARRAY_TASK_MIN: "10",
      SLURM_ARRAY_TASK_STEP: "10",
    }, [2, 4]],
    ["Bazel counts from 0", undefined, { TEST_SHARD_INDEX: "0", TEST_TOTAL_SHARDS: "2" }, [0, 2]],
    ["Bazel inside a job of GitLab", undefined, {
      TEST_SHARD_INDEX: "1",
      TEST_TOTAL_SHARDS: "2",
      CI_NODE_INDEX: "1",
      CI_NODE_TOTAL: "9",
    }, [1, 2]],
    ["the flag wins", "1/2", { CI_NODE_INDEX: "3", CI_NODE_TOTAL: "3" }, [0, 2]],
    ["all of it, whatever they say", "all", { CI_NODE_INDEX: "3", CI_NODE_TOTAL: "3" }, [0, 1]],
    ["an empty variable says nothing", undefined, { CI_NODE_INDEX: "", CI_NODE_TOTAL: "3" }, [0, 1]],
  ];
  for (const [because, text, variables, [shard, shards]] of table) {
    await t.step(because, () => {
      const asked = shardAsked(text, (name) => variables[name]);
      assertEquals([asked.shard, asked.shards], [shard, shards]);
    });
  }
});

Deno.test("shardAsked refuses what names no part, rather than try all or nothing", async (t) => {
  const table: [because: string, text: string | undefined, variables: Record<string, string>][] = [
    ["beyond the last", "5/4", {}],
    ["from 0", "0/4", {}],
    ["no number", "a/b", {}],
    ["Kubernetes does not tell how many", undefined, { JOB_COMPLETION_INDEX: "0" }],
    ["an index beyond the count", undefined, { JOB_COMPLETION_INDEX: "4", JOB_COMPLETIONS: "4" }],
    ["Slurm, a list with gaps: --array=1,2,5", undefined, {
      SLURM_ARRAY_TASK_ID: "5",
      SLURM_ARRAY_TASK_COUNT: "3",
      SLURM_ARRAY_TASK_MIN: "1",
      SLURM_ARRAY_TASK_STEP: "1",
    }],
  ];
  for (const [because, text, variables] of table) {
    await t.step(because, () => {
      assertThrows(() => shardAsked(text, (name) => variables[name]), CommandError);
    });
  }
});
