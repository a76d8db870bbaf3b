/**
 * The event under judgement and the last few before it, copied into slots that are used again and again.
 *
 * Dozens of rules may speak about one event: its arguments are read once, here, and not by each of them. What was
 * judged before stays for the lines around a violation. Nothing is allocated until a violation asks for them.
 *
 * @module
 */
import type { ArgValue, Declaration, EventView, Side, TraceRecord } from "../trace/mod.ts";
import { word } from "./select.ts";
import type { EvidenceLine } from "./verdict.ts";

/** Lines of context before and after an offending line. */
export const CONTEXT_LINES = 3;

const ARGS_MAX = 16;
const SLOTS = CONTEXT_LINES + 1;

/** How an argument is copied: a number, a text, or a text that a ledger compares by its hash. */
const COPY = { number: 0, text: 1, hashed: 2 } as const;

/** What to copy of the events of one declaration. */
type CopyPlan = Uint8Array;

const NO_PLAN: CopyPlan = new Uint8Array(0);

/** An event that is being judged, or was lately, with its arguments read. */
export class Seen implements EventView {
  declaration!: Declaration;
  at = -1;
  thread = 0;
  line = 0;
  readonly column = 1;
  readonly offset = 0;
  readonly length = 0;
  flags = 0;
  /** By position: the number of the argument, or the hash of a text where a ledger asks for it. */
  readonly operands = new Float64Array(ARGS_MAX);
  readonly #texts: string[] = new Array<string>(ARGS_MAX).fill("");
  #plan = NO_PLAN;
  /** The view that it was copied from; valid while the event is being judged. */
  #origin: EventView | undefined = undefined;

  /** Copies an event. */
  take(event: EventView, plan: CopyPlan): void {
    this.declaration = event.declaration;
    this.at = event.at;
    this.thread = event.thread;
    this.line = event.line;
    this.flags = event.flags;
    this.#plan = plan;
    this.#origin = event;
    for (let i = 0; i < plan.length; i++) {
      if (plan[i] === COPY.number) this.operands[i] = event.number(i);
      else {
        const text = event.text(i);
        this.#texts[i] = text;
        if (plan[i] === COPY.hashed) this.operands[i] = word(text);
      }
    }
  }

  /** The reader moves on: what was not copied is gone. */
  leave(): void {
    this.#origin = undefined;
  }

  number(index: number): number {
    return this.#plan[index] === COPY.number ? this.operands[index] as number : NaN;
  }

  text(index: number): string {
    return this.#plan[index] === COPY.number ? String(this.value(index)) : this.#texts[index] as string;
  }

  value(index: number): ArgValue {
    if (this.#origin !== undefined) return this.#origin.value(index);
    const arg = this.declaration.args[index];
    if (arg?.kind === "string") return this.#texts[index] as string;
    const number = this.operands[index] as number;
    return arg?.bits === 64 && arg.kind !== "double" ? BigInt(number) : number;
  }

  bigint(index: number): bigint {
    const value = this.value(index);
    return typeof value === "string" ? 0n : BigInt(value);
  }

  readings(limit?: number): readonly (readonly ArgValue[])[] {
    return this.#origin?.readings(limit) ?? [this.record().values];
  }

  /** The event as a record. */
  record(): TraceRecord {
    const values = this.declaration.args.map((_, index) => this.value(index));
    return { declaration: this.declaration, at: this.at, thread: this.thread, values };
  }
}

/** Keeps the last events of one side. */
export class Recent {
  readonly #side: Side;
  readonly #slots = Array.from({ length: SLOTS }, () => new Seen());
  /** By declaration index. */
  readonly #plans: (CopyPlan | undefined)[] = [];
  #current = 0;
  #count = 0;

  constructor(side: Side) {
    this.#side = side;
  }

  /** Copies the event that is to be judged. It is valid as long as the event itself. */
  take(event: EventView): Seen {
    (this.#slots[this.#current] as Seen).leave();
    this.#current = this.#current === SLOTS - 1 ? 0 : this.#current + 1;
    this.#count++;
    const { declaration } = event;
    const seen = this.#slots[this.#current] as Seen;
    seen.take(event, this.#plans[declaration.index] ?? this.#planOf(declaration));
    return seen;
  }

  /** Another log begins; what is copied of each event stays the same. */
  renew(): void {
    for (const slot of this.#slots) slot.leave();
    this.#count = 0;
  }

  /** From now on a text argument is at hand as a hash, too. */
  hash(declaration: Declaration, index: number): void {
    (this.#plans[declaration.index] ?? this.#planOf(declaration))[index] = COPY.hashed;
  }

  /** The events before the one that is being judged, oldest first. */
  lines(): EvidenceLine[] {
    const lines: EvidenceLine[] = [];
    for (let back = Math.min(CONTEXT_LINES, this.#count - 1); back > 0; back--) {
      const seen = this.#slots[(this.#current + SLOTS - back) % SLOTS] as Seen;
      lines.push({
        side: this.#side,
        line: seen.line,
        name: seen.declaration.name,
        record: seen.record(),
      });
    }
    return lines;
  }

  #planOf({ index, args }: Declaration): CopyPlan {
    const plan = Uint8Array.from(
      args.slice(0, ARGS_MAX),
      ({ kind }) => kind === "string" ? COPY.text : COPY.number,
    );
    this.#plans[index] = plan;
    return plan;
  }
}
