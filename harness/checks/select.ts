/**
 * Selecting events: by name and by the values of arguments, checked against the vocabulary by the compiler and
 * resolved to positions once per catalog.
 *
 * @module
 */
import type { Catalog, Declaration, EventName, EventView, Vocabulary } from "../trace/mod.ts";

/** A value that an argument must have, or one of several. Booleans are 0 and 1. */
export type Wanted = number | string | readonly (number | string)[];

/** Events of versions that are no profile: recordings have them, the vocabulary does not. */
export type OldEvent = "migrate_pending";

/** One kind of event. */
export interface Match {
  readonly event: EventName | OldEvent;
  readonly where: Readonly<Record<string, Wanted>>;
}

/** Any of these events. */
export type Selector = readonly Match[];

/** Selects an event by name, and by the values of some of its arguments. */
export function on<N extends EventName>(
  event: N,
  where: { readonly [K in keyof Vocabulary[N]]?: Wanted } = {},
): Selector {
  return [{ event, where: where as Readonly<Record<string, Wanted>> }];
}

/** Selects an event of a version that is no profile. */
export function onOld(event: OldEvent): Selector {
  return [{ event, where: {} }];
}

/** Selects what any of the selectors selects. */
export function anyOf(...selectors: readonly Selector[]): Selector {
  return selectors.flat();
}

/** Whether some arguments have the wanted values. */
export class Where {
  /** Says which test it is: two of the same name test the same. */
  readonly name: string;
  readonly #positions: readonly number[];
  readonly #wanted: readonly (readonly (number | string)[])[];
  readonly #isText: readonly boolean[];
  /** The first test, where it is the only one with a single wanted value; -1 otherwise. */
  readonly #position: number;
  readonly #first: number | string;
  readonly #firstIsText: boolean;

  constructor(positions: readonly number[], wanted: readonly Wanted[], isText: readonly boolean[]) {
    this.#positions = positions;
    this.#wanted = wanted.map((value) => typeof value === "object" ? value : [value]);
    this.#isText = isText;
    this.name = JSON.stringify([positions, this.#wanted]);
    const [single] = this.#wanted;
    const isSingle = positions.length === 1 && single?.length === 1;
    this.#position = isSingle ? positions[0] ?? -1 : -1;
    this.#first = single?.[0] ?? 0;
    this.#firstIsText = isText[0] === true;
  }

  matches(event: EventView): boolean {
    if (this.#position !== -1) {
      const value = this.#firstIsText ? event.text(this.#position) : event.number(this.#position);
      return value === this.#first;
    }
    for (let i = 0; i < this.#positions.length; i++) {
      const position = this.#positions[i] as number;
      const value = this.#isText[i] === true ? event.text(position) : event.number(position);
      if (!(this.#wanted[i] as readonly (number | string)[]).includes(value)) return false;
    }
    return true;
  }
}

/** A kind of event in one catalog. */
export interface Resolved {
  readonly declaration: Declaration;
  /** Null when the name alone decides. */
  readonly where: Where | null;
  /** Places of the arguments that the pattern asked for: a position, or `~position` for a text. */
  readonly args: readonly number[];
}

/** The position of an argument; `a|b` takes the first that is declared; -1 when none is. */
export function positionOf({ args }: Declaration, name: string): number {
  for (const candidate of name.split("|")) {
    const position = args.findIndex((arg) => arg.name === candidate);
    if (position !== -1) return position;
  }
  return -1;
}

/** What was resolved before: rules are few and judges many, and each asks the same of a few catalogs. */
const RESOLVED = new WeakMap<Catalog, Map<Selector, Map<string, readonly Resolved[]>>>();

/** Resolves a selector in a catalog. Kinds of events that this version does not have are left out. */
export function resolve(
  selector: Selector,
  args: readonly string[],
  catalog: Catalog,
): readonly Resolved[] {
  let ofCatalog = RESOLVED.get(catalog);
  if (ofCatalog === undefined) RESOLVED.set(catalog, ofCatalog = new Map());
  let ofSelector = ofCatalog.get(selector);
  if (ofSelector === undefined) ofCatalog.set(selector, ofSelector = new Map());
  const key = args.length === 1 ? args[0] as string : args.join();
  let found = ofSelector.get(key);
  if (found === undefined) ofSelector.set(key, found = resolveAnew(selector, args, catalog));
  return found;
}

function resolveAnew(selector: Selector, args: readonly string[], catalog: Catalog): Resolved[] {
  const found: Resolved[] = [];
  for (const { event, where } of selector) {
    const declaration = catalog.get(event);
    if (declaration === undefined) continue;
    const positions = args.map((name) => positionOf(declaration, name));
    const names = Object.keys(where);
    const wherePositions = names.map((name) => positionOf(declaration, name));
    if (positions.includes(-1) || wherePositions.includes(-1)) continue;
    const isText = wherePositions.map((position) => declaration.args[position]?.kind === "string");
    const test = names.length === 0 ? null : new Where(wherePositions, Object.values(where), isText);
    const places = positions.map((position) =>
      declaration.args[position]?.kind === "string" ? ~position : position
    );
    found.push({ declaration, where: test, args: places });
  }
  return found;
}

/** A selector in words: `migrate_set_state new_state=device`. */
export function showSelector(selector: Selector): string {
  return selector.map(({ event, where }) => {
    const tests = Object.entries(where).map(([name, value]) => ` ${name}=${[value].flat().join("/")}`);
    return event + tests.join("");
  }).join(" or ");
}

/** The 32-bit FNV-1a hash by which ledgers compare texts as numbers. */
export function word(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
