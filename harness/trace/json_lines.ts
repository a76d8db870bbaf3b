/**
 * Events as JSON lines: one object a line, for `jq` and for programs in other languages. The shape is switchover's own.
 *
 * `{"event": NAME, "at_us": …, "thread": …, "args": {NAME: VALUE, …}}`; other text is `{"other": KIND, "text": …}`. An
 * integer is a number while every reader keeps it exact (to 2^53 - 1), beyond that a string of its digits. Strings hold
 * one character per byte. Arguments are a list where their names are not all different. An ambiguous event also has
 * `"readings"`, of which the first one is its `args`; they are not read back.
 *
 * @module
 */
import type { Catalog } from "./catalog.ts";
import type { Argument, Declaration } from "./declaration.ts";
import {
  type ArgValue,
  type EventView,
  FLAG,
  type OtherView,
  RecordView,
  type TraceVisitor,
} from "./event.ts";
import { type FedLine, LineFeed } from "./_line_feed.ts";
import { toDeclared } from "./numeral.ts";

type JsonValue = number | string;

/** Readings that are written of an ambiguous event. */
const READINGS_MAX = 8;

function toJson(value: ArgValue, { kind }: Argument): JsonValue {
  if (typeof value === "bigint") {
    const near = Number(value);
    return Number.isSafeInteger(near) ? near : String(value);
  }
  return kind === "double" && !Number.isFinite(value) ? String(value) : value;
}

function hasNames({ args }: Declaration): boolean {
  const names = new Set(args.map(({ name }) => name));
  return names.size === args.length && !names.has("") && !names.has("__proto__");
}

/** One event as a line of JSON, with its newline. */
export function eventToJson(event: EventView): string {
  const { declaration, at, thread } = event;
  const isNamed = hasNames(declaration);
  const toArgs = (given: readonly ArgValue[]) => {
    const values = declaration.args.map((arg, index) => toJson(given[index] as ArgValue, arg));
    return isNamed
      ? Object.fromEntries(declaration.args.map(({ name }, index) => [name, values[index]]))
      : values;
  };
  const args = toArgs(declaration.args.map((_, index) => event.value(index)));
  const shown = { event: declaration.name, at_us: at, thread, args };
  if ((event.flags & FLAG.ambiguous) === 0) return `${JSON.stringify(shown)}\n`;
  return `${JSON.stringify({ ...shown, readings: event.readings(READINGS_MAX).map(toArgs) })}\n`;
}

/** Other text as a line of JSON, with its newline. */
export function otherToJson(item: OtherView): string {
  const { kind, line } = item;
  return `${JSON.stringify({ other: kind, line, text: item.text() })}\n`;
}

/** A streaming reader of JSON lines. What is no event of the catalog arrives as other text. */
export class JsonLinesReader {
  readonly #catalog: Catalog;
  readonly #visitor: TraceVisitor;
  readonly #view = new RecordView();
  readonly #feed: LineFeed;

  constructor(catalog: Catalog, visitor: TraceVisitor) {
    this.#catalog = catalog;
    this.#visitor = visitor;
    this.#feed = new LineFeed((line) => this.#take(line));
  }

  /** Takes the next bytes; chunk borders may fall anywhere. */
  push(chunk: Uint8Array): void {
    this.#feed.push(chunk);
  }

  /** Says that the input ends here. */
  end(): void {
    this.#feed.end();
  }

  #take({ text, line, offset, length, ended, tooLong }: FedLine): void {
    const flags = ended ? 0 : FLAG.unended;
    const other = (kind: OtherView["kind"], name = "", shown = text): void => {
      this.#visitor.other?.({
        kind,
        line,
        column: 1,
        name,
        at: -1,
        offset,
        length,
        flags,
        text: () => shown,
      });
    };
    if (tooLong) return other("too-long");
    if (text === "") return other("blank");
    const given = parseObject(text);
    if (given === undefined) return other(ended ? "foreign" : "incomplete");
    const { event: name, at_us: at, thread, args } = given;
    if (typeof name !== "string") {
      const { text: inner } = given;
      return other("foreign", "", typeof inner === "string" ? inner.slice(0, 4096) : text);
    }
    const declaration = this.#catalog.get(name);
    if (declaration === undefined) return other("unknown-event", name);
    const values = readValues(declaration, args);
    if (values === undefined || typeof at !== "number" || typeof thread !== "number") {
      return other("mismatch", name);
    }
    const view = this.#view.show({ declaration, at, thread, values }, line);
    view.offset = offset;
    view.length = length;
    view.flags = flags;
    this.#visitor.event(view);
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    // The bytes are UTF-8, and arrive as one character each.
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

function readValues({ args }: Declaration, given: unknown): ArgValue[] | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const values: ArgValue[] = [];
  for (const [index, arg] of args.entries()) {
    const one: unknown = Array.isArray(given)
      ? given[index]
      : Object.hasOwn(given, arg.name)
      ? (given as Record<string, unknown>)[arg.name]
      : undefined;
    const value = readValue(one, arg);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

function readValue(given: unknown, { kind, bits }: Argument): ArgValue | undefined {
  if (kind === "string") return typeof given === "string" ? given : undefined;
  if (kind === "double") {
    return typeof given === "number" || typeof given === "string" ? Number(given) : undefined;
  }
  if (typeof given === "string" && /^-?\d{1,20}$/.test(given)) return toDeclared(BigInt(given), kind, bits);
  return Number.isSafeInteger(given) ? toDeclared(BigInt(given as number), kind, bits) : undefined;
}
