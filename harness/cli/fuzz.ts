/**
 * `fuzz`: campaigns of random cases, their findings, and replay of those.
 *
 * @module
 */
import type { CommandGroup } from "./command.ts";
import { merge } from "./fuzz_merge.ts";
import { replay } from "./fuzz_replay.ts";
import { run } from "./fuzz_run.ts";
import { list } from "./fuzz_targets.ts";

/** The group. */
export const fuzz: CommandGroup = {
  name: "fuzz",
  summary: "Try random cases, keep what fails as data",
  commands: [run, list, replay, merge],
  fallback: "run",
};
