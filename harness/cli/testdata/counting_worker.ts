/**
 * A worker whose target leaves a byte in a file for each case that passes, to count what a kill loses.
 *
 * @module
 */
import fc from "fast-check";
import { type FuzzTarget, serve } from "../../../fuzz/mod.ts";
import { openJournal } from "../journal_file.ts";

const tries = Deno.openSync(Deno.env.get("TRIES") ?? "", { append: true, create: true });
const MARK = new TextEncoder().encode("t");

const counting: FuzzTarget<number> = {
  name: "counting",
  summary: "numbers below a thousand",
  layer: "trace",
  weight: 1,
  arbitrary: fc.nat(1020),
  check(value) {
    // A little work, so that kills fall into cases as well as between them.
    for (let round = 0, sum = value; round < 200_000; round++) sum = Math.imul(sum, 31) + round;
    if (value >= 1000) throw new Error(`value ${value} is too large`);
    tries.writeSync(MARK);
    return [`hundred ${Math.floor(value / 100)}`];
  },
  // Not shrunk: the smaller cases would count as tried.
  simpler: () => [],
  encode: (value) => ({ "case.json": new TextEncoder().encode(JSON.stringify(value)) }),
  decode: (files) => JSON.parse(new TextDecoder().decode(files["case.json"])),
};

serve([counting as unknown as FuzzTarget], openJournal);
