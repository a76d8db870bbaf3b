/**
 * Help, rendered from the command values.
 *
 * @module
 */
import { COMMON_FLAGS } from "./arguments.ts";
import type { Command, CommandGroup } from "./command.ts";

/** The name that the help uses for the program. */
export const PROGRAM = "deno task switchover";

const EXIT_CODES = [
  "0 all is well",
  "1 a check failed, a golden differs, a campaign found something",
  "2 bad usage or unreadable input",
  "3 nothing failed, but nothing could be judged either",
  "70 a defect of switchover itself",
  "75 interrupted, run again to resume",
];

/** Left and right columns, the right ones aligned. */
export function columns(rows: readonly (readonly [string, string])[], indent = "  "): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${indent}${left.padEnd(width)}  ${right}\n`).join("");
}

/** The help of the program: its commands, one line each. */
export function programHelp(entries: readonly (Command | CommandGroup)[]): string {
  const rows = entries.flatMap((entry): [string, string][] =>
    "commands" in entry
      ? entry.commands.map((command) => [`${entry.name} ${command.name}`, command.summary])
      : [[entry.name, entry.summary]]
  );
  return `switchover: a test harness and fuzzing suite for QEMU live migration

Usage: ${PROGRAM} COMMAND

Commands:
${columns(rows)}
Every command has --help and --json.

Exit codes:
${EXIT_CODES.map((line) => `  ${line}\n`).join("")}`;
}

/** The help of a group: its commands with their usage. */
export function groupHelp(group: CommandGroup): string {
  const rows = group.commands.map((command): [string, string] => [
    `${group.name} ${command.name} ${command.usage}`.trim(),
    command.summary,
  ]);
  return `${group.summary}

Usage: ${PROGRAM} ${group.name} COMMAND

Commands:
${columns(rows)}
${PROGRAM} ${group.name} COMMAND --help says more.
`;
}

/** The help of one command. */
export function commandHelp(command: Command, group?: CommandGroup): string {
  const name = group === undefined ? command.name : `${group.name} ${command.name}`;
  const rows = [...command.flags, ...COMMON_FLAGS].map(({ name, value, summary }): [string, string] => [
    value === undefined ? `--${name}` : `--${name} ${value}`,
    summary,
  ]);
  const details = command.details === undefined ? "" : `${command.details.trim()}\n\n`;
  const json = command.json.trim().split("\n").map((line) => `  ${line}\n`).join("");
  return `${command.summary}

Usage: ${`${PROGRAM} ${name} ${command.usage}`.trim()}

${details}Flags:
${columns(rows)}
--json prints:
${json}`;
}
