/**
 * Whether a judge says the same with fused checks as without.
 *
 * @module
 */
import { assertEquals, assertGreater } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { LogReader } from "../trace/mod.ts";
import { catalogFor } from "./catalog_for.ts";
import { Judge } from "./judge.ts";
import { ledger } from "./pattern.ts";
import type { Rule } from "./rule.ts";
import { on } from "./select.ts";
import type { Judgement } from "./verdict.ts";
import { HOT } from "./wiring.ts";

const CASES = [
  { name: "nonconv-cancel", file: "src", side: "source", version: "10.0" },
  { name: "q111-precopy-bw64-dr31", file: "src", side: "source", version: "11.1" },
  { name: "postcopy-limited", file: "dst", side: "destination", version: "10.0" },
] as const;

/** A log so long that all that comes again and again is fused, and full of defects. */
function longLog(name: string, file: string): string {
  const url = new URL(`../../recordings/${name}/${file}.trace.gz`, import.meta.url);
  const lines = gunzipSync(Deno.readFileSync(url)).toString("latin1").split("\n");
  const from = lines.findIndex((line) => /savevm_section_start|section_partend/.test(line));
  const to = lines.findIndex((line) => /low_pending|cancelling|packaged|post_main/.test(line));
  const middle = lines.slice(from, to);
  const times = Math.ceil(10 * HOT / middle.length);
  const copies = Array.from({ length: times }, (_, copy) => {
    if (copy < times - 2) return middle;
    // One line in 97 is lost, and one in 89 tells another number.
    return middle.filter((_, i) => i % 97 !== 0).map((line, i) =>
      i % 89 === 0 ? line.replace(/\d+(?=\D*$)/, "7") : line
    );
  });
  return [...lines.slice(0, from), ...copies.flat(), ...lines.slice(to)].join("\n");
}

function judge({ side, version }: (typeof CASES)[number], text: string): Judgement {
  const catalog = catalogFor(version);
  const judge = new Judge({ version, capabilities: {}, parameters: {} });
  const reader = new LogReader(catalog, judge.side(side, catalog));
  reader.push(new TextEncoder().encode(text));
  reader.end();
  return judge.finish();
}

for (const one of CASES) {
  Deno.test(`${one.name}: fused checks say what they say one by one, where functions may not be made`, () => {
    const text = longLog(one.name, one.file);
    const fused = judge(one, text);
    const { Function: made } = globalThis;
    let refused = 0;
    globalThis.Function = function () {
      refused++;
      throw new EvalError("no functions are made here");
    } as unknown as FunctionConstructor;
    try {
      assertEquals(judge(one, text), fused);
    } finally {
      globalThis.Function = made;
    }
    assertGreater(refused, 0);
    assertGreater(fused.verdicts.filter(({ outcome }) => outcome === "fail").length, 1);
  });
}

Deno.test("the last event of a fused step that shows is the evidence of a wrong end", () => {
  const rule: Rule = {
    id: "never-right",
    claim: "",
    why: "",
    source: "",
    facts: [],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({}), [{ on: on("savevm_state_iterate"), shows: true, take: () => undefined }], {
      end: () => false,
    }),
  };
  const catalog = catalogFor("10.0");
  const judge = new Judge({ version: "10.0", capabilities: {}, parameters: {} }, { rules: [rule] });
  const reader = new LogReader(catalog, judge.side("source", catalog));
  reader.push(new TextEncoder().encode("savevm_state_iterate \n".repeat(2 * HOT)));
  reader.end();
  const [verdict] = judge.finish().verdicts;
  assertEquals(verdict?.evidence[0]?.at?.line, 2 * HOT);
});
