/**
 * The last few events of a stream, copied into slots that are used again and again: nothing is allocated until a
 * violation asks for them.
 *
 * @module
 */
import type { ArgValue, Declaration, EventView, Side, TraceRecord } from "../trace/mod.ts";
import type { EvidenceLine } from "./verdict.ts";

/** Lines of context before and after an offending line. */
export const CONTEXT_LINES = 3;

const ARGS_MAX = 16;

class Slot {
  declaration: Declaration | undefined = undefined;
  at = -1;
  thread = 0;
  line = 0;
  readonly numbers = new Float64Array(ARGS_MAX);
  readonly texts: string[] = Array.from({ length: ARGS_MAX }, () => "");
}

/** Keeps the last events of one side. */
export class Recent {
  readonly #side: Side;
  readonly #slots = Array.from({ length: CONTEXT_LINES }, () => new Slot());
  /** By declaration index: which arguments are texts. */
  readonly #isText: (Uint8Array | undefined)[] = [];
  #next = 0;

  constructor(side: Side) {
    this.#side = side;
  }

  /** Copies the event that was just judged. */
  push(event: EventView): void {
    const slot = this.#slots[this.#next] as Slot;
    this.#next = this.#next === CONTEXT_LINES - 1 ? 0 : this.#next + 1;
    const { declaration } = event;
    slot.declaration = declaration;
    slot.at = event.at;
    slot.thread = event.thread;
    slot.line = event.line;
    const isText = this.#isText[declaration.index] ?? this.#plan(declaration);
    for (let i = 0; i < isText.length; i++) {
      if (isText[i] === 1) slot.texts[i] = event.text(i);
      else slot.numbers[i] = event.number(i);
    }
  }

  #plan({ index, args }: Declaration): Uint8Array {
    const isText = Uint8Array.from(args.slice(0, ARGS_MAX), ({ kind }) => kind === "string" ? 1 : 0);
    this.#isText[index] = isText;
    return isText;
  }

  /** The events before the one that is being judged, oldest first. */
  lines(): EvidenceLine[] {
    const lines: EvidenceLine[] = [];
    for (let i = 0; i < CONTEXT_LINES; i++) {
      const slot = this.#slots[(this.#next + i) % CONTEXT_LINES] as Slot;
      const { declaration, line } = slot;
      if (declaration === undefined) continue;
      lines.push({ side: this.#side, line, name: declaration.name, record: recordOf(slot, declaration) });
    }
    return lines;
  }
}

function recordOf(slot: Slot, declaration: Declaration): TraceRecord {
  const values = declaration.args.map((arg, i): ArgValue => {
    if (arg.kind === "string") return slot.texts[i] ?? "";
    const number = slot.numbers[i] ?? 0;
    return arg.bits === 64 && arg.kind !== "double" ? BigInt(number) : number;
  });
  return { declaration, at: slot.at, thread: slot.thread, values };
}
