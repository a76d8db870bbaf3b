/**
 * Journals: whatever is cut off, nothing is read that was not written, and merging is a union.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  casesLine,
  DONE,
  FAILED,
  failedLine,
  type JournalState,
  reachedLine,
  readJournals,
  tallyLine,
  underWay,
  writeJournal,
} from "./journal.ts";
import { type CampaignState, type FindingKey, mergeStates } from "./merge.ts";
import { countOf } from "./ranges.ts";
import { SHRUNK_MAX } from "./serve.ts";

/** What one writer appends, and what of it stands once each piece is written. */
type Piece = { readonly text: string };

const anyTarget = fc.constantFrom("log", "model");
const anyPiece: fc.Arbitrary<Piece> = fc.oneof(
  fc.tuple(
    anyTarget,
    fc.nat(300),
    fc.integer({ min: 1, max: 300 }),
    fc.array(fc.constantFrom(DONE, DONE, FAILED)),
  )
    .map(([target, from, length, marks]) => ({
      text: casesLine(target, { from, to: from + length }) + marks.slice(0, length).join(""),
    })),
  fc.tuple(anyTarget, fc.constantFrom("source a>b x1", "end completed", "rule r pass")).map((
    [target, name],
  ) => ({
    text: reachedLine(target, name),
  })),
  fc.tuple(anyTarget, fc.nat(300), fc.nat(9)).map(([target, from, count]) => ({
    text: tallyLine({ target, from, to: from + 9, ms: count, kinds: { "fault network-cut": count } }),
  })),
  fc.tuple(anyTarget, fc.nat(300), fc.constantFrom("judged-a", "crash")).map(([target, index, rule]) => ({
    text: failedLine(target, index, rule),
  })),
);
const anyJournal = fc.array(anyPiece, { maxLength: 12 }).map((pieces) =>
  pieces.map(({ text }) => text).join("")
);

function isWithin(part: JournalState, whole: JournalState): boolean {
  const cases = (state: JournalState) =>
    [...state.done].flatMap(([target, ranges]) =>
      ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => `${target} ${from + at}`))
    );
  const names = (state: JournalState) =>
    [...state.reached].flatMap(([t, set]) => [...set].map((n) => `${t} ${n}`));
  const failed = (state: JournalState) =>
    [...state.failed].flatMap(([t, map]) => [...map].map(([index, rule]) => `${t} ${index} ${rule}`));
  const tallies = (state: JournalState) => [...state.tallies.keys()];
  return [cases, names, failed, tallies].every((read) => {
    const all = new Set(read(whole));
    return read(part).every((one) => all.has(one));
  });
}

Deno.test("readJournals counts a dot for a case, and none that failed before its finding is kept", () => {
  const line = `${casesLine("log", { from: 512, to: 768 })}..${FAILED}.`;
  assertEquals(readJournals([line]).done.get("log"), [{ from: 512, to: 514 }, { from: 515, to: 516 }]);
  const state = readJournals([line, failedLine("log", 514, "crash")]);
  assertEquals(state.done.get("log"), [{ from: 512, to: 516 }]);
  assertEquals(state.failed.get("log")?.get(514), "crash");
  assertEquals(state.dots, 4);
});

Deno.test("readJournals reads a journal cut anywhere as a part of the whole one, never as something else", () => {
  fc.assert(fc.property(anyJournal, fc.nat(), (text, at) => {
    // A last rule that is cut would be another rule, and a last number another case.
    const whole = readJournals([`${text}\n`]);
    const part = readJournals([text.slice(0, at % (text.length + 1))]);
    // failed entries of one case may be overwritten by later ones in the whole.
    assert(isWithin({ ...part, failed: new Map() }, whole));
    for (const [target, rules] of part.failed) {
      for (const rule of rules.values()) assert(["judged-a", "crash"].includes(rule), `${target} ${rule}`);
    }
  }));
});

Deno.test("writeJournal writes what readJournals reads, however many cases are done", () => {
  fc.assert(fc.property(anyJournal, (text) => {
    const state = readJournals([`${text}\n`]);
    const again = readJournals([writeJournal(state)]);
    assertEquals([again.done, again.reached, again.failed], [state.done, state.reached, state.failed]);
    assertEquals(new Set(again.tallies.keys()), new Set(state.tallies.keys()));
  }));
  const done = new Map([["log", [{ from: 5, to: 20_000_000 }]]]);
  const large = { done, reached: new Map(), failed: new Map(), tallies: new Map(), dots: 0 };
  assert(writeJournal(large).length < 100);
  assertEquals(readJournals([writeJournal(large)]).done, done);
});

Deno.test("underWay tells at which case a writer died, and whether it was shrinking", () => {
  const line = (from: number, marks: string) => casesLine("log", { from, to: from + 9 }) + marks;
  const table: [text: string, told: number, index: number | undefined, isShrinking: boolean][] = [
    ["", 0, undefined, false],
    [line(0, ""), 0, 0, false],
    [line(0, "..."), 0, 3, false],
    [line(0, "..x"), 0, 2, true],
    [line(0, "..x"), 3, 3, false],
    [line(0, "..x."), 0, 4, false],
    [line(0, "...") + reachedLine("log", "a>b x1") + line(3, "."), 0, 4, false],
    [line(0, ".........") + line(20, ".."), 9, 22, false],
  ];
  for (const [text, told, index, isShrinking] of table) {
    const expected = index === undefined ? undefined : { target: "log", index, isShrinking };
    assertEquals(underWay(text, told), expected, JSON.stringify(text));
  }
});

Deno.test("readJournals does not care how a journal is split over files", () => {
  fc.assert(fc.property(fc.array(anyPiece), fc.nat(12), (pieces, at) => {
    const text = (some: readonly Piece[]) => some.map((piece) => piece.text).join("");
    const [one, two] = [pieces.slice(0, at), pieces.slice(at)];
    const split = readJournals([text(one), text(two)]);
    const whole = readJournals([text(pieces)]);
    assertEquals([split.done, split.failed], [whole.done, whole.failed]);
  }));
});

const anyFinding = fc.record({
  target: fc.constant("log"),
  bucket: fc.constantFrom("log-a", "log-b", "log-c"),
  rule: fc.constantFrom("a", "b"),
  index: fc.nat(300),
});

/** Parts of one campaign agree on which case broke which rule and on what a case is. */
const anyState: fc.Arbitrary<CampaignState> = fc.record({
  cases: fc.array(fc.nat(300), { maxLength: 40 }),
  failed: fc.array(fc.nat(300), { maxLength: 60 }),
  names: fc.subarray(["x", "y", "z"]),
  findings: fc.array(anyFinding, { maxLength: 5 }),
}).map(({ cases, failed, names, findings }) => {
  const text = cases.map((at) => casesLine("log", { from: at, to: at + 1 }) + DONE).join("") +
    names.map((name) => reachedLine("log", name)).join("") +
    failed.map((index) => failedLine("log", index, index % 2 === 0 ? "a" : "b")).join("") +
    cases.map((from) => tallyLine({ target: "log", from, to: from + 1, ms: from % 3, kinds: {} })).join("");
  const kept = new Map<string, FindingKey>();
  for (const { index, target } of findings) {
    const rule = index % 2 === 0 ? "a" : "b";
    const bucket = `log-${index % 3}`;
    const known = kept.get(bucket);
    if (known === undefined || index < known.index) kept.set(bucket, { target, bucket, rule, index });
  }
  const all = findings.map(({ index }) => failedLine("log", index, index % 2 === 0 ? "a" : "b")).join("");
  return { journal: readJournals([text + all]), findings: kept };
});

/** What a state says, without how often it was written down. */
function shown({ journal: { done, reached, failed, tallies }, findings }: CampaignState): unknown {
  const sets = [...reached].map(([target, names]) => [target, [...names].sort()]);
  return { done, reached: sets, failed: [...failed].map(([t, m]) => [t, [...m].sort()]), tallies, findings };
}

Deno.test("mergeStates is commutative, associative and idempotent", () => {
  fc.assert(fc.property(anyState, anyState, anyState, (a, b, c) => {
    assertEquals(shown(mergeStates([a, b])), shown(mergeStates([b, a])));
    assertEquals(shown(mergeStates([mergeStates([a, b]), c])), shown(mergeStates([a, mergeStates([b, c])])));
    const once = mergeStates([a, b]);
    assertEquals(shown(mergeStates([once, once])), shown(once));
    assertEquals(shown(mergeStates([once, a])), shown(once));
    const count = (state: CampaignState) => countOf(state.journal.done.get("log") ?? []);
    assert(count(once) >= Math.max(count(a), count(b)) && count(once) <= count(a) + count(b));
  }));
});

Deno.test("mergeStates keeps the findings of the first cases of a rule only, whoever shrank more", () => {
  const indexes = Array.from({ length: SHRUNK_MAX + 1 }, (_, at) => at);
  const text = indexes.map((index) => failedLine("log", index, "a")).join("");
  const late = { target: "log", bucket: "log-late", rule: "a", index: SHRUNK_MAX };
  const early = { target: "log", bucket: "log-early", rule: "a", index: SHRUNK_MAX - 1 };
  const findings = new Map([["log-late", late], ["log-early", early]]);
  assertEquals([...mergeStates([{ journal: readJournals([text]), findings }]).findings.keys()], [
    "log-early",
  ]);
});
