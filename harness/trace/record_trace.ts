/**
 * Records events as they happen, through types made from the catalogs: a wrong name or argument does not compile.
 *
 * @module
 */
import type { Catalog } from "./catalog.ts";
import type { Argument, Declaration } from "./declaration.ts";
import type { ArgValue, TraceRecord } from "./event.ts";
import type { EventName, Vocabulary } from "./vocabulary.ts";

type GivenValue = number | bigint | string | boolean;

function toValue({ kind, bits }: Argument, given: GivenValue): ArgValue {
  if (kind === "string") return String(given);
  if (kind === "double") return Number(given);
  const value = typeof given === "boolean" ? Number(given) : given;
  if (bits < 64) return Number(value);
  return BigInt(value);
}

/**
 * A record.
 *
 * Made by a class, since the engine learns of object literals that stay for a while, as a run's records do, and then
 * puts them where only rare collections look: thousands of short runs fill the memory so.
 */
class Recorded implements TraceRecord {
  constructor(
    readonly declaration: Declaration,
    readonly at: number,
    readonly thread: number,
    readonly values: readonly ArgValue[],
  ) {}
}

/** A declared event, with the names of its arguments, which are looked up in what the caller gives. */
interface Known {
  readonly declaration: Declaration;
  readonly names: readonly string[];
  /** Copied for the values, for the same reason that a record is made by a class. */
  readonly blank: readonly ArgValue[];
}

/** The events of a catalog by name, null for one that it lacks: a run repeats a few dozen, and there are many runs. */
const KNOWN = new WeakMap<Catalog, Map<EventName, Known | null>>();

function knownIn(catalog: Catalog): Map<EventName, Known | null> {
  let known = KNOWN.get(catalog);
  if (known === undefined) KNOWN.set(catalog, known = new Map());
  return known;
}

/** Collects the events of one side in the order of their emission. */
export class TraceRecorder {
  readonly records: TraceRecord[] = [];
  readonly #catalog: Catalog;
  readonly #known: Map<EventName, Known | null>;
  readonly #isOn: (name: EventName) => boolean;

  /** @param isOn Which events are switched on, as `-trace` does; all unless given. */
  constructor(catalog: Catalog, isOn: (name: EventName) => boolean = () => true) {
    this.#catalog = catalog;
    this.#known = knownIn(catalog);
    this.#isOn = isOn;
  }

  /**
   * Records an event. A tracepoint that the catalog's version does not have prints nothing, as in that version; an
   * argument that it lacks is left out.
   */
  emit<N extends EventName>(at: number, thread: number, name: N, args: Vocabulary[N]): void {
    const known = this.#known.get(name);
    const recorded = known === undefined ? this.#meet(name) : known;
    if (recorded === null || !this.#isOn(name)) return;
    const { declaration, names, blank } = recorded;
    const given = args as Readonly<Record<string, GivenValue>>;
    const values = blank.slice();
    for (let i = 0; i < names.length; i++) {
      values[i] = toValue(declaration.args[i] as Argument, given[names[i] as string] ?? 0);
    }
    this.records.push(new Recorded(declaration, at, thread, values));
  }

  #meet(name: EventName): Known | null {
    const declaration: Declaration | undefined = this.#catalog.get(name);
    const recorded = declaration === undefined ? null : {
      declaration,
      names: declaration.args.map(({ name }) => name),
      blank: declaration.args.map(() => ""),
    };
    this.#known.set(name, recorded);
    return recorded;
  }
}
