/**
 * A worker with a target that fails now and then, to see what a campaign does with findings.
 *
 * @module
 */
import fc from "fast-check";
import { type FuzzTarget, serve } from "../../../fuzz/mod.ts";
import { openJournal } from "../journal_file.ts";

const broken: FuzzTarget<number> = {
  name: "broken",
  summary: "numbers below a thousand",
  layer: "trace",
  weight: 1,
  arbitrary: fc.nat(1020),
  check(value) {
    if (value > 1010) throw new Error(`even more than ${value} is wrong`);
    if (value >= 1000) throw new Error(`value ${value} is too large`);
    return [`hundred ${Math.floor(value / 100)}`];
  },
  encode: (value) => ({ "case.json": new TextEncoder().encode(JSON.stringify(value)) }),
  decode: (files) => JSON.parse(new TextDecoder().decode(files["case.json"])),
};

serve([broken as unknown as FuzzTarget], openJournal);
