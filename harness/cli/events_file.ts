/**
 * Which events were switched on: QEMU's own file of them (`-trace events=FILE`), and what to say where none is given.
 *
 * @module
 */
import type { Judgement } from "../checks/mod.ts";
import type { Catalog } from "../trace/mod.ts";
import { CommandError, type Flag, type Io } from "./command.ts";
import { readText } from "./input.ts";

/** The flag that names the file. */
export const EVENTS_FLAG: Flag = {
  name: "events",
  value: "FILE",
  summary: "The events that were switched on, as in QEMU's -trace events=FILE: one name or pattern a line",
};

/** A line of the file: which events it switches, and which way. */
interface Switch {
  readonly pattern: RegExp;
  readonly isOn: boolean;
}

/** What a file of events switches on. */
export class SwitchedOn {
  readonly #switches: readonly Switch[];

  /** @param text A pattern a line, `-` before one that is switched off; a later line overrules the earlier. */
  constructor(text: string) {
    this.#switches = text.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#")).map((
      line,
    ) => ({
      pattern: globOf(line.replace(/^-/, "").trim()),
      isOn: !line.startsWith("-"),
    }));
  }

  /** Whether the file switches nothing on at all. */
  get isEmpty(): boolean {
    return !this.#switches.some(({ isOn }) => isOn);
  }

  /** Whether an event is on. */
  has(name: string): boolean {
    return this.#switches.findLast(({ pattern }) => pattern.test(name))?.isOn === true;
  }

  /** The events of these catalogs that are off. */
  offIn(catalogs: readonly Catalog[]): string[] {
    const names = new Set(catalogs.flatMap(({ declarations }) => declarations.map(({ name }) => name)));
    return [...names].filter((name) => !this.has(name));
  }
}

/** As QEMU matches: `*` is any text, `?` any character. */
function globOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}

/**
 * Reads a file of events.
 *
 * @throws {CommandError} If it cannot be read, or switches nothing on.
 */
export async function readEventsFile(path: string, io: Io): Promise<SwitchedOn> {
  const events = new SwitchedOn(await readText(path, io));
  if (events.isEmpty) throw new CommandError(`${path}:1:1: No event is switched on by it`);
  return events;
}

/** Events that a note names. */
const NAMED_MAX = 6;

/** What would have been an alarm, had it been known that the events which it misses were on. */
export function absenceNotes({ verdicts }: Judgement): string[] {
  const open = verdicts.filter(({ absent = [] }) => absent.length > 0);
  const names = [...new Set(open.flatMap(({ absent = [] }) => absent))];
  if (names.length === 0) return [];
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} others` : "";
  const rules = open.length === 1 ? "1 rule is" : `${open.length} rules are`;
  return [
    `${rules} open for want of ${
      names.slice(0, NAMED_MAX).join(", ")
    }${more}: not switched on (-trace NAME), or ` +
    "never traced; --events FILE, with what was on, decides",
  ];
}
