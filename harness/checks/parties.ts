/**
 * Whether a log has both sides of one migration: lines of two processes in one file, which nothing tells apart.
 *
 * Each side's events are right by themselves; one behind another they are what neither process did.
 *
 * @module
 */
import type { Catalog } from "../trace/mod.ts";

/** Why no rule is judged where a log has both sides. */
export const MIXED_REASON =
  "the log has both sides of the migration, and nothing tells whose each line is: give each side's by itself";

/** What only who migrates away traces while it does, whatever the transport; a savevm does not. */
const LEAVES = /^migration_(set_outgoing_channel|thread_(setup_complete|after_loop))$/;
/** What only who is migrated to traces, whatever the transport; a loadvm does not. */
const ARRIVES =
  /^(migration_(set_incoming_channel|socket_incoming_accepted)|process_incoming_migration_co_\w+)$/;
/** What a loadvm has as well: it may follow a migration that is over, in the same process. */
const LOADS = /^(loadvm_state_setup|qemu_loadvm_state_section)$/;

const PART = { none: 0, leaves: 1, arrives: 2, loads: 3 } as const;

/** By declaration index, reckoned once for each catalog. */
const PARTS = new WeakMap<Catalog, Uint8Array>();

function partOf(name: string): number {
  if (LEAVES.test(name)) return PART.leaves;
  if (ARRIVES.test(name)) return PART.arrives;
  return LOADS.test(name) ? PART.loads : PART.none;
}

function partsOf(catalog: Catalog): Uint8Array {
  let parts = PARTS.get(catalog);
  if (parts === undefined) {
    parts = Uint8Array.from(catalog.declarations, ({ name }) => partOf(name));
    PARTS.set(catalog, parts);
  }
  return parts;
}

/** Who takes part in the migration that is being judged. */
export class Parties {
  /** Once a log has both, what came before is no surer than what follows. */
  areMixed = false;
  readonly #parts: Uint8Array;
  #leaves = false;
  #arrives = false;

  constructor(catalog: Catalog) {
    this.#parts = partsOf(catalog);
  }

  /** Takes an event; the first few of each kind tell. */
  see(index: number, isOver: boolean): void {
    const part = this.#parts[index] as number;
    if (part === PART.none) return;
    if (part === PART.leaves) this.#leaves = true;
    else if (part === PART.arrives || !isOver) this.#arrives = true;
    if (this.#leaves && this.#arrives) this.areMixed = true;
  }

  /** A migration begins: who was migrated to may migrate on. */
  begin(): void {
    this.#leaves = this.#arrives = false;
  }

  /** Another log begins. */
  renew(): void {
    this.begin();
    this.areMixed = false;
  }
}
