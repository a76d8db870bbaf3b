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

/** Collects the events of one side in the order of their emission. */
export class TraceRecorder {
  readonly records: TraceRecord[] = [];
  readonly #catalog: Catalog;
  readonly #isOn: (name: EventName) => boolean;

  /** @param isOn Which events are switched on, as `-trace` does; all unless given. */
  constructor(catalog: Catalog, isOn: (name: EventName) => boolean = () => true) {
    this.#catalog = catalog;
    this.#isOn = isOn;
  }

  /**
   * Records an event. A tracepoint that the catalog's version does not have prints nothing, as in that version; an
   * argument that it lacks is left out.
   */
  emit<N extends EventName>(at: number, thread: number, name: N, args: Vocabulary[N]): void {
    const declaration: Declaration | undefined = this.#catalog.get(name);
    if (declaration === undefined || !this.#isOn(name)) return;
    const given = args as Readonly<Record<string, GivenValue>>;
    const values = declaration.args.map((arg) => toValue(arg, given[arg.name] ?? 0));
    this.records.push({ declaration, at, thread, values });
  }
}
