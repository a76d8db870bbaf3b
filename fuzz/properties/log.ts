/**
 * The text log reader under attack: it never throws, loses nothing, does not care about chunks, says what its twin
 * says, and what it reads prints back.
 *
 * @module
 */
import {
  type Catalog,
  catalogOf,
  type EventView,
  FLAG,
  keep,
  type LineShape,
  LogReader,
  type OtherView,
  printLine,
  readTwin,
  type TwinItem,
} from "../../mod.ts";
import { anyLog, type LogCase } from "../arbitraries/log.ts";
import type { FuzzTarget } from "../target.ts";
import { fromBytes, insist, toBytes } from "./insist.ts";

const knownFlags = new Map<number, readonly string[]>();

function flagNames(flags: number): readonly string[] {
  const known = knownFlags.get(flags);
  if (known !== undefined) return known;
  const names = Object.entries(FLAG).filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name).sort();
  knownFlags.set(flags, names);
  return names;
}

/** Items of the fast reader in the twin's words. */
function readItems(
  catalog: Catalog,
  text: string,
  chunk: number,
  look: (event: EventView) => void = () => {},
): TwinItem[] {
  const items: TwinItem[] = [];
  const place = (item: EventView | OtherView) => ({
    line: item.line,
    column: item.column,
    offset: item.offset,
    length: item.length,
    at: item.at,
    flags: flagNames(item.flags),
  });
  const reader = new LogReader(catalog, {
    event(event) {
      const values = event.declaration.args.map((_, index) => String(event.value(index)));
      items.push({
        kind: "event",
        ...place(event),
        name: event.declaration.name,
        thread: event.thread,
        values,
      });
      look(event);
    },
    other(item) {
      items.push({ kind: item.kind, ...place(item), name: item.name, thread: 0, values: [] });
    },
  });
  const bytes = toBytes(text);
  for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
  reader.end();
  return items;
}

function show(item: TwinItem | undefined): string {
  return JSON.stringify(item, Object.keys(item ?? {}).sort());
}

function shapeOf({ at }: EventView, text: string): LineShape {
  return at === -1 ? "bare" : /^\d+@/.test(text) ? "tid" : "iso";
}

function check({ catalog: name, text, chunk }: LogCase): void {
  const catalog = catalogOf(name);
  const items = readItems(catalog, text, 1 << 20, (event) => {
    const first = event.declaration.args.map((_, index) => String(event.value(index)));
    const [chosen = []] = event.readings();
    insist(
      chosen.map(String).join("\n") === first.join("\n"),
      "the first reading is the one that is given",
      first,
    );
    if ((event.flags & ~(FLAG.ambiguous | FLAG.glued | FLAG.nul | FLAG.guessed)) !== 0) return;
    const raw = text.slice(event.offset, event.offset + event.length);
    insist(printLine(keep(event), shapeOf(event, raw)) === raw, "an event prints back as it stood", raw);
  });
  let offset = 0;
  for (const item of items) {
    insist(item.offset === offset && item.length > 0, "items are adjacent and not empty", item);
    offset += item.length;
  }
  insist(offset === text.length, "items cover the input", { offset, length: text.length });
  compare(readItems(catalog, text, chunk), items, "chunk borders change nothing");
  // The twin tries every place of a string; past this it only costs time.
  if (text.length < 4096) compare(items, readTwin(catalog, text), "the fast reader and its twin agree");
}

function isSame(one: TwinItem, other: TwinItem): boolean {
  return one.kind === other.kind && one.line === other.line && one.column === other.column &&
    one.offset === other.offset && one.length === other.length && one.name === other.name &&
    one.at === other.at &&
    one.thread === other.thread && isSameList(one.flags, other.flags) && isSameList(one.values, other.values);
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

function compare(items: readonly TwinItem[], others: readonly TwinItem[], claim: string): void {
  for (let index = 0; index < Math.max(items.length, others.length); index++) {
    const [one, other] = [items[index], others[index]];
    if (one === undefined || other === undefined || !isSame(one, other)) {
      insist(false, claim, { item: index, one: show(one), other: show(other) });
    }
  }
}

/** The target `log`. */
export const LOG: FuzzTarget<LogCase> = {
  name: "log",
  summary: "text logs: never throws, nothing lost, chunks do not matter, agrees with the twin, prints back",
  layer: "trace",
  weight: 2,
  arbitrary: anyLog,
  check,
  encode: ({ catalog, text, chunk }) => ({
    "input.trace": toBytes(text),
    "case.json": new TextEncoder().encode(`${JSON.stringify({ catalog, chunk })}\n`),
  }),
  decode: (files) => {
    const { catalog, chunk } = JSON.parse(new TextDecoder().decode(files["case.json"]));
    return {
      catalog,
      chunk,
      text: fromBytes(files["input.trace"]),
    };
  },
};
