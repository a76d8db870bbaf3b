/**
 * A worker with a target of which some cases fill the memory, and of some the shrinking does.
 *
 * @module
 */
import fc from "fast-check";
import { type FuzzTarget, serve } from "../../../fuzz/mod.ts";
import { openJournal } from "../journal_file.ts";

function fillMemory(): never {
  const all: number[][] = [];
  for (;;) all.push(new Array<number>(10_000).fill(all.length + 0.5));
}

/** Numbers, of which two are deadly in their ways. */
export const HUNGRY: FuzzTarget<number> = {
  name: "hungry",
  summary: "numbers, some of which fill the memory",
  layer: "trace",
  weight: 1,
  arbitrary: fc.nat(19),
  check(value) {
    if (value === 13) fillMemory();
    if (value === 7) throw new Error("a seven");
    return [`five ${Math.floor(value / 5)}`];
  },
  // The step from the failure leads into a case that is deadly.
  simpler: (value) => value === 7 ? [13] : [],
  mutate: (known, fresh) => (known + fresh) % 20,
  encode: (value) => ({ "case.json": new TextEncoder().encode(JSON.stringify(value)) }),
  decode: (files) => JSON.parse(new TextDecoder().decode(files["case.json"])),
};

if (import.meta.main || typeof WorkerGlobalScope !== "undefined") {
  serve([HUNGRY as unknown as FuzzTarget], openJournal);
}
