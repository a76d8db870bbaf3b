/**
 * Traces in the words of the domain, for tests: `migrate_set_state new_state=active; migration_throttle`.
 *
 * An item is an event with its arguments by C name (what is not given is 1, or `x`), `? member=value` for a
 * `query-migrate` reply of the source, `+250ms` for time that passes, `D:` or `S:` before an event for its side.
 *
 * @module
 */
import type { ArgValue, Argument, Catalog, QueryMigrate, Sample, Side, TraceRecord } from "../../trace/mod.ts";
import { positionOf } from "../select.ts";

/** What a trace in words stands for. */
export interface Worded {
  readonly source: TraceRecord[];
  readonly destination: TraceRecord[];
  readonly samples: Sample[];
}

/** An event of a catalog with some arguments given. */
export function eventOf(
  catalog: Catalog,
  name: string,
  given: Readonly<Record<string, string | number>>,
  at: number,
): TraceRecord {
  const declaration = catalog.expect(name);
  const values = declaration.args.map((arg) => valueOf(arg, undefined));
  for (const [names, value] of Object.entries(given)) {
    const position = positionOf(declaration, names);
    const arg = declaration.args[position];
    if (arg === undefined) throw new Error(`${name} has no argument ${names}`);
    values[position] = valueOf(arg, value);
  }
  return { declaration, at, thread: 0, values };
}

function valueOf({ kind, bits }: Argument, given: string | number | undefined): ArgValue {
  if (kind === "string") return given === undefined ? "x" : String(given);
  const number = given === undefined ? 1 : Number(given);
  return bits === 64 && kind !== "double" ? BigInt(number) : number;
}

/** Reads a trace in words. `side` is where events without a prefix belong. */
export function inWords(catalog: Catalog, side: Side, words: string, from = 1_000_000): Worded {
  const worded: Worded = { source: [], destination: [], samples: [] };
  let at = from;
  for (const item of words.split(";").map((part) => part.trim()).filter((part) => part !== "")) {
    const wait = /^\+(\d+)(ms|us)$/.exec(item);
    if (wait !== null) {
      at += Number(wait[1]) * (wait[2] === "ms" ? 1000 : 1);
      continue;
    }
    at += 10;
    const [head = "", ...rest] = item.split(/\s+/);
    if (head === "?") {
      worded.samples.push({ t_us: at, side: "source", "query-migrate": reply(rest) });
      continue;
    }
    const to = head.startsWith("D:") ? "destination" : head.startsWith("S:") ? "source" : side;
    const name = head.replace(/^[DS]:/, "");
    worded[to].push(eventOf(catalog, name, Object.fromEntries(rest.map(split)), at));
  }
  return worded;
}

/** `member=value`, blanks in a value written as `_`. */
function split(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return [pair.slice(0, at), pair.slice(at + 1).replaceAll("_blank_", " ")];
}

function reply(pairs: readonly string[]): QueryMigrate {
  const found: Record<string, unknown> = {};
  for (const [path, value] of pairs.map(split)) {
    const names = path.split(".");
    const last = names.pop() ?? "";
    let within = found;
    for (const name of names) within = (within[name] ??= {}) as Record<string, unknown>;
    within[last] = value !== "" && !Number.isNaN(Number(value)) ? Number(value) : value;
  }
  return found;
}
