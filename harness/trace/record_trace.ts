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

/** A declared event, with the names of its arguments, which are looked up in what the caller gives. */
interface Recorded {
  readonly declaration: Declaration;
  readonly names: readonly string[];
}

/** The events of a catalog by name, null for one that it lacks: a run repeats a few dozen, and there are many runs. */
const KNOWN = new WeakMap<Catalog, Map<EventName, Recorded | null>>();

function knownIn(catalog: Catalog): Map<EventName, Recorded | null> {
  let known = KNOWN.get(catalog);
  if (known === undefined) KNOWN.set(catalog, known = new Map());
  return known;
}

/** Collects the events of one side in the order of their emission. */
export class TraceRecorder {
  readonly records: TraceRecord[] = [];
  readonly #catalog: Catalog;
  readonly #known: Map<EventName, Recorded | null>;
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
    const { declaration, names } = recorded;
    const given = args as Readonly<Record<string, GivenValue>>;
    const values: ArgValue[] = [];
    for (let i = 0; i < names.length; i++) {
      values.push(toValue(declaration.args[i] as Argument, given[names[i] as string] ?? 0));
    }
    this.records.push({ declaration, at, thread, values });
  }

  #meet(name: EventName): Recorded | null {
    const declaration: Declaration | undefined = this.#catalog.get(name);
    const recorded = declaration === undefined
      ? null
      : { declaration, names: declaration.args.map((arg) => arg.name) };
    this.#known.set(name, recorded);
    return recorded;
  }
}
