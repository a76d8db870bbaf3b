/**
 * Reads the values of an event back from its payload: every reading that the format allows, in a stated order.
 *
 * This is the authority on what a line says. It works in two sweeps, so that its time grows linearly with the payload
 * whatever the payload is: forward it collects, piece by piece, the places where a piece can begin; backward it keeps
 * those from which the end can be reached. Readings are then walks through places that are known to lead somewhere.
 *
 * @see facts/tracing.md a.6 and f
 * @module
 */
import type { Argument, Conversion, Declaration } from "./declaration.ts";
import type { ArgValue } from "./event.ts";
import { alphabetOf, numeralLengthMax, readNumeral } from "./numeral.ts";
import { DEFAULT_RULE, type SplitRule, splitRuleOf } from "./split_rules.ts";

/** One reading of a payload. */
export interface Reading {
  readonly values: readonly ArgValue[];
  /** Where the text of each argument begins and ends in the payload: two numbers an argument. */
  readonly spans: readonly number[];
}

/** The readings of a payload, the chosen one first. */
export interface Readings {
  readonly list: readonly Reading[];
  /** An argument was guessed: see `FLAG.guessed`. */
  readonly guessed: boolean;
}

/** Readings that are looked at before one is chosen. */
const READINGS_CONSIDERED = 64;

type Step =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "string"; readonly arg: number; readonly conversion: Conversion; readonly last: boolean }
  | { readonly kind: "char"; readonly arg: number; readonly declared: Argument }
  | {
    readonly kind: "number";
    readonly arg: number;
    readonly conversion: Conversion;
    readonly declared: Argument;
    /** By the codes of characters: whether a numeral may hold them. */
    readonly alphabet: Uint8Array;
    /** A text follows that cannot continue the numeral, so only the longest run of digits can be meant. */
    readonly whole: boolean;
  };

interface Recipe {
  readonly steps: readonly Step[];
  readonly rule: SplitRule;
  /** The format and its arguments do not fit together, so that no payload can be read. */
  readonly broken: boolean;
  /** An argument is guessed: see `FLAG.guessed`. */
  readonly guessed: boolean;
}

const recipes = new WeakMap<Declaration, Recipe>();

function recipeOf(declaration: Declaration): Recipe {
  const known = recipes.get(declaration);
  if (known !== undefined) return known;
  const made = makeRecipe(declaration);
  recipes.set(declaration, made);
  return made;
}

function isGuessed(pieces: Declaration["pieces"]): boolean {
  return pieces.some((piece) =>
    typeof piece !== "string" && (piece.width === -1 || (piece.letter === "s" && piece.width > 0))
  );
}

function makeRecipe({ name, pieces, args }: Declaration): Recipe {
  const rule = splitRuleOf(name) ?? DEFAULT_RULE;
  const steps: Step[] = [];
  let arg = 0;
  let strings = 0;
  for (const [index, piece] of pieces.entries()) {
    if (typeof piece === "string") {
      steps.push({ kind: "text", text: piece });
      continue;
    }
    if (piece.width === -1) arg++;
    const declared = args[arg];
    if (declared === undefined || (piece.letter === "s") !== (declared.kind === "string")) {
      return { steps, rule, broken: true, guessed: false };
    }
    if (piece.letter === "s") {
      steps.push({ kind: "string", arg, conversion: piece, last: rule.order[strings++] === "last" });
    } else if (piece.letter === "c") {
      steps.push({ kind: "char", arg, declared });
    } else {
      const alphabet = new Uint8Array(256);
      for (const char of alphabetOf(piece)) alphabet[char.charCodeAt(0)] = 1;
      const next = pieces[index + 1];
      const whole = next === undefined || (typeof next === "string" && alphabet[next.charCodeAt(0)] !== 1);
      steps.push({ kind: "number", arg, conversion: piece, declared, alphabet, whole });
    }
    arg++;
  }
  return { steps, rule, broken: arg !== args.length, guessed: isGuessed(pieces) };
}

/** Where the longest text that a numeral can be made of ends. */
function digitsEnd(
  { conversion, alphabet }: Extract<Step, { kind: "number" }>,
  payload: string,
  from: number,
): number {
  const limit = Math.min(payload.length, from + numeralLengthMax(conversion));
  let end = from;
  while (end < limit && alphabet[payload.charCodeAt(end)] === 1) end++;
  return end;
}

/** Where a step that begins at `from` can end; ascending. Strings are handled by the caller. */
function endsOf(step: Exclude<Step, { kind: "string" }>, payload: string, from: number): readonly number[] {
  if (step.kind === "text") return payload.startsWith(step.text, from) ? [from + step.text.length] : [];
  if (step.kind === "char") return from < payload.length ? [from + 1] : [];
  const { conversion, declared, whole } = step;
  const end = digitsEnd(step, payload, from);
  if (whole && conversion.width === 0 && conversion.letter !== "g") {
    return readNumeral(payload.slice(from, end), conversion, declared) === undefined ? [] : [end];
  }
  const ends: number[] = [];
  for (let at = from; at <= end; at++) {
    if (readNumeral(payload.slice(from, at), conversion, declared) !== undefined) ends.push(at);
  }
  return ends;
}

/** Places where the string before step `index + 1` can end, from `least` on; ascending. */
function stringEnds(next: Step | undefined, payload: string, least: number): number[] {
  if (next === undefined) return [payload.length];
  const ends: number[] = [];
  if (next.kind === "text") {
    const { text } = next;
    for (let at = payload.indexOf(text, least); at !== -1;) {
      ends.push(at++);
      // A run of separators is looked at here: a search for each costs more than the search finds.
      const isNext = text.length === 1 && payload.charCodeAt(at) === text.charCodeAt(0);
      if (!isNext) at = payload.indexOf(text, at);
    }
  } else {
    for (let at = least; at <= payload.length; at++) ends.push(at);
  }
  return ends;
}

/**
 * Reads a payload in every way that the format allows.
 *
 * @param payload One character per byte.
 * @param limit Most readings to list, at least 1.
 * @returns Nothing if the format cannot have printed the payload.
 */
export function readPayload(declaration: Declaration, payload: string, limit = 8): Readings | undefined {
  const { steps, rule, broken, guessed } = recipeOf(declaration);
  if (broken) return undefined;
  const straight = straightReading(declaration, steps, payload);
  if (straight === undefined) return undefined;
  if (straight !== "several") return { list: [straight], guessed };
  const reached = reachedPlaces(steps, payload);
  if (reached === undefined) return undefined;
  const live = livePlaces(steps, reached, payload);
  if (live === undefined) return undefined;
  const considered = rule.prefers === undefined ? limit : Math.max(limit, READINGS_CONSIDERED);
  const list = walk(declaration, steps, live, payload, considered);
  if (list.length === 0) return undefined;
  const preferred = rule.prefers === undefined ? -1 : list.findIndex((reading) =>
    rule.prefers?.(
      reading.values.filter((_, index) => declaration.args[index]?.kind === "string").map(String),
    )
  );
  if (preferred > 0) list.unshift(...list.splice(preferred, 1));
  return { list: list.slice(0, limit), guessed };
}

/**
 * The reading of a payload in which each step can end in one place only, as in nearly all; nothing where such a step
 * cannot end at all; `several` where a step may have more than one end.
 */
function straightReading(
  { args }: Declaration,
  steps: readonly Step[],
  payload: string,
): Reading | undefined | "several" {
  const values: ArgValue[] = new Array<ArgValue>(args.length).fill(0);
  const spans: number[] = new Array<number>(2 * args.length).fill(0);
  let at = 0;
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index] as Step;
    if (step.kind === "text") {
      if (!payload.startsWith(step.text, at)) return undefined;
      at += step.text.length;
      continue;
    }
    if (step.kind === "char" || step.conversion.width !== 0) return "several";
    const from = at;
    if (step.kind === "string") {
      const next = steps[index + 1];
      if (next === undefined) at = payload.length;
      else if (next.kind !== "text") return "several";
      else {
        at = payload.indexOf(next.text, from);
        if (at === -1) return undefined;
        if (payload.indexOf(next.text, at + 1) !== -1) return "several";
      }
      values[step.arg] = payload.slice(from, at);
    } else {
      if (!step.whole || step.conversion.letter === "g") return "several";
      at = digitsEnd(step, payload, from);
      const value = readNumeral(payload.slice(from, at), step.conversion, step.declared);
      if (value === undefined) return undefined;
      values[step.arg] = value;
    }
    spans[2 * step.arg] = from;
    spans[2 * step.arg + 1] = at;
  }
  return at === payload.length ? { values, spans } : undefined;
}

/** The places where a step can begin such that the end can be reached: a mark for each place, and their list. */
interface Live {
  readonly marks: Uint8Array;
  readonly places: readonly number[];
}

const START: readonly number[] = [0];

/** The places that each step can begin at, and last those of the end; nothing if there is no way to the end. */
function reachedPlaces(steps: readonly Step[], payload: string): (readonly number[])[] | undefined {
  const reached: (readonly number[])[] = [START];
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index] as Step;
    const from = reached[index] as readonly number[];
    const least = from[0];
    if (least === undefined) return undefined;
    if (step.kind === "string") {
      reached.push(stringEnds(steps[index + 1], payload, least));
      continue;
    }
    if (from.length === 1) {
      reached.push(endsOf(step, payload, least));
      continue;
    }
    const ends: number[] = [];
    if (step.kind === "text") {
      const { text } = step;
      // Behind a string all of them begin the text: that is why the string may end there.
      const isSure = steps[index - 1]?.kind === "string";
      for (const place of from) if (isSure || payload.startsWith(text, place)) ends.push(place + text.length);
      reached.push(ends);
      continue;
    }
    const seen = new Uint8Array(payload.length + 1);
    for (const place of from) {
      for (const end of endsOf(step, payload, place)) {
        if (seen[end] === 0) ends.push(end);
        seen[end] = 1;
      }
    }
    // Numerals of other lengths may end out of turn.
    if (step.kind === "number" && !step.whole) ends.sort((a, b) => a - b);
    reached.push(ends);
  }
  return (reached[steps.length] ?? []).includes(payload.length) ? reached : undefined;
}

/** The live places of each step, and last those of the end; nothing if there is no way through. */
function livePlaces(
  steps: readonly Step[],
  reached: readonly (readonly number[])[],
  payload: string,
): readonly Live[] | undefined {
  const live: Live[] = new Array<Live>(steps.length + 1);
  let after = mark((reached[steps.length] ?? []).filter((place) => place === payload.length), payload.length);
  live[steps.length] = after;
  for (let index = steps.length - 1; index >= 0; index--) {
    const step = steps[index];
    const furthest = after.places.at(-1);
    if (step === undefined || furthest === undefined) return undefined;
    const { marks } = after;
    const isLive = step.kind === "string"
      ? (place: number) => place <= furthest
      : step.kind === "text"
      ? (place: number) => marks[place + step.text.length] === 1
      : (place: number) => endsOf(step, payload, place).some((end) => marks[end] === 1);
    after = mark((reached[index] ?? []).filter(isLive), payload.length);
    live[index] = after;
  }
  return after.marks[0] === 1 ? live : undefined;
}

function mark(places: readonly number[], length: number): Live {
  const marks = new Uint8Array(length + 1);
  for (const place of places) marks[place] = 1;
  return { marks, places };
}

/** Where in an ascending list the first number of at least `least` is. */
function firstFrom(places: readonly number[], least: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Walks the live places in the order of the rule, until there are `limit` readings. */
function walk(
  { args }: Declaration,
  steps: readonly Step[],
  live: readonly Live[],
  payload: string,
  limit: number,
): Reading[] {
  const found: Reading[] = [];
  const values: ArgValue[] = new Array<ArgValue>(args.length).fill(0);
  const spans: number[] = new Array<number>(2 * args.length).fill(0);
  go(0, 0);
  return found;

  function go(index: number, from: number): void {
    const step = steps[index];
    if (step === undefined) {
      found.push({ values: [...values], spans: [...spans] });
      return;
    }
    const next = live[index + 1];
    if (next === undefined) return;
    if (step.kind === "text") return go(index + 1, from + step.text.length);
    if (step.kind === "string") {
      const ends = next.places;
      const first = firstFrom(ends, from);
      for (let count = first; count < ends.length && found.length < limit; count++) {
        const end = ends[step.last ? ends.length - 1 - (count - first) : count] ?? from;
        if (end - from < step.conversion.width) continue;
        take(step.arg, from, end, payload.slice(from, end));
        go(index + 1, end);
      }
      return;
    }
    const ends = endsOf(step, payload, from).filter((end) => next.marks[end] === 1);
    for (const end of ends.reverse()) {
      if (found.length >= limit) return;
      const text = payload.slice(from, end);
      if (step.kind === "char") {
        const code = BigInt(text.charCodeAt(0));
        const { kind, bits } = step.declared;
        take(
          step.arg,
          from,
          end,
          bits === 64 ? code : Number(kind === "signed" ? BigInt.asIntN(bits, code) : code),
        );
      } else {
        // The width of `%0*x` is printed nowhere: as wide as the text is, is what prints it again.
        if (step.conversion.width === -1) take(step.arg - 1, from, end, end - from);
        take(step.arg, from, end, readNumeral(text, step.conversion, step.declared) ?? 0);
      }
      go(index + 1, end);
    }
  }

  function take(arg: number, from: number, end: number, value: ArgValue): void {
    values[arg] = value;
    spans[2 * arg] = from;
    spans[2 * arg + 1] = end;
  }
}
