/**
 * A worker with a target whose check sometimes never ends, and whose shrinking sometimes does not either.
 *
 * @module
 */
import fc from "fast-check";
import { type FuzzTarget, serve } from "../../../fuzz/mod.ts";
import { openJournal } from "../journal_file.ts";

/** What a case that waits for ever waits for: nobody ever wakes it. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));

/** Deno lets a thread that is ended run on for two seconds: whoever must not take them from other tests sleeps. */
function loopForEver(isBusy: boolean): never {
  for (;;) { if (!isBusy) Atomics.wait(NEVER, 0, 0, 20); }
}

/** Numbers of which each does something else. */
export const LOOPING: FuzzTarget<number> = {
  name: "looping",
  summary: "numbers, some of which never end",
  layer: "trace",
  weight: 1,
  arbitrary: fc.nat(99),
  check(value) {
    if (value === 13 || value === 14) loopForEver(value === 14);
    if (value === 77) throw new Error("two sevens");
    return [`ten ${Math.floor(value / 10)}`];
  },
  // The step from the failure leads into a case that never ends.
  simpler: (value) => value === 77 ? [13] : [],
  mutate: (known, fresh) => (known + fresh) % 100,
  kindsOf: (value) => [value % 2 === 0 ? "number even" : "number odd"],
  kinds: ["number even", "number odd"],
  encode: (value) => ({ "case.json": new TextEncoder().encode(JSON.stringify(value)) }),
  decode: (files) => JSON.parse(new TextDecoder().decode(files["case.json"])),
};

if (import.meta.main || typeof WorkerGlobalScope !== "undefined") {
  serve([LOOPING as unknown as FuzzTarget], openJournal);
}
