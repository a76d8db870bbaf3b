/**
 * Looks whether a binary trace could be read to its end.
 *
 * @module
 */
import type { EventView, OtherView, TraceVisitor } from "../trace/mod.ts";
import { CommandError } from "./command.ts";

/** Keeps where the reader gave up; a text log is never given up. */
export class DamageWatch implements TraceVisitor {
  #found: { readonly line: number; readonly offset: number; readonly why: string } | undefined;

  event(_: EventView): void {}

  other(item: OtherView): void {
    if (item.kind === "damaged") this.#found ??= { line: item.line, offset: item.offset, why: item.text() };
  }

  /** @throws {CommandError} If the rest of the trace could not be read. */
  refuse(name: string): void {
    if (this.#found === undefined) return;
    const { line, offset, why } = this.#found;
    throw new CommandError(`${name}:${line}:1: Cannot read on: ${why}, at byte ${offset} of the trace`);
  }
}
