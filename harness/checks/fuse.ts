/**
 * All that takes the events of one declaration, made into one function.
 *
 * A loop over checks calls each of them through one call site, at which the engine never knows what comes: it inlines
 * nothing, and boxes each number that it hands over. A function made for one list of them has a call site for each,
 * and reads the numbers of the event once for all. It is made of positions in lists and of nothing else: no text that
 * came from outside is compiled.
 *
 * @module
 */
import type { Check } from "./check.ts";
import type { Held, Moment } from "./pattern.ts";
import type { AnyStep, LedgerCheck } from "./patterns/mod.ts";
import type { Seen } from "./recent.ts";
import type { Where } from "./select.ts";

/** Takes an event in place of the checks. */
export type Fused = (event: Seen, moment: Moment) => void;

/** A ledger's step, with the positions of the arguments that it reads: at most six. */
interface Post {
  readonly ledger: LedgerCheck;
  readonly step: AnyStep;
  readonly places: readonly number[];
}

/** Another check's slot. */
interface Take {
  readonly check: Check;
  readonly slot: number;
  readonly args: readonly number[];
}

/** Who takes the events that pass a test; steps come before the others. */
export interface Fusible {
  readonly where: Where | null;
  readonly postings: readonly Post[];
  readonly takers: readonly Take[];
}

/** Numbers that a ledger's `broken` is given, however few of them its step reads. */
const OPERANDS = 6;

/**
 * Makes one function of some groups, which does what they do one after the other.
 *
 * @returns Undefined where a host forbids that programs make functions.
 */
export function fuse(groups: readonly Fusible[]): Fused | undefined {
  const postings = groups.flatMap((group) => group.postings);
  const takers = groups.flatMap((group) => group.takers);
  const wheres = groups.map(({ where }) => where);
  const steps = postings.map(({ step }) => step);
  const values = {
    w: wheres,
    s: steps,
    t: steps.map(({ take }) => take as (state: never, moment: Moment, ...operands: number[]) => Held),
    l: postings.map(({ ledger }) => ledger),
    c: takers.map(({ check }) => check),
    a: takers.map(({ args }) => args),
  };
  // A name for each value: what a closure holds in a constant of its own can be inlined, an element of a list cannot.
  const names = Object.entries(values).flatMap(([letter, list]) => list.map((_, i) => `${letter}${i}`));
  let [post, take] = [0, 0];
  const body = groups.flatMap(({ where, postings, takers }, i) => [
    where === null ? "{" : `if (w${i}.matches(event)) {`,
    ...readings(postings),
    ...postings.map((one) => posting(one, post++)),
    ...takers.map(({ slot }) => `c${take}.on(event, ${slot}, a${take++});`),
    "}",
  ]);
  const text = `"use strict"; return (event, moment) => { const { operands } = event; let held; ${
    body.join("\n")
  } };`;
  try {
    return new Function(...names, text)(...Object.values(values).flat()) as Fused;
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}

function readings(postings: readonly Post[]): string[] {
  const places = new Set(postings.flatMap((one) => one.places));
  return [...places].map((place) => `const o${place} = operands[${place}];`);
}

function posting({ step, places }: Post, i: number): string {
  const read = places.map((place) => `o${place}`);
  const all = Array.from({ length: OPERANDS }, (_, at) => read[at] ?? "0");
  return `
    ${step.shows === true ? `l${i}.show(event, s${i});` : ""}
    held = t${i}(${[`l${i}.state`, "moment", ...read].join()});
    if (held !== undefined) { l${i}.seen++; if (!held) l${i}.broken(event, s${i}, ${all.join()}); }`;
}
