/**
 * Every command, in the order of the help.
 *
 * @module
 */
import { catalog } from "./catalog.ts";
import { check } from "./check.ts";
import type { Command, CommandGroup } from "./command.ts";
import { compare } from "./compare.ts";
import { convert } from "./convert.ts";
import { fuzz } from "./fuzz.ts";
import { golden } from "./golden.ts";
import { run } from "./run.ts";
import { sweep } from "./sweep.ts";

/** Every command. */
export const COMMANDS: readonly (Command | CommandGroup)[] = [
  run,
  check,
  compare,
  sweep,
  golden,
  fuzz,
  catalog,
  convert,
];
