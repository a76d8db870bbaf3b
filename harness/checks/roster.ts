/**
 * Which rules an event wakes: reckoned once for a set of rules, a side and a catalog, and used by every judge.
 *
 * Most migrations are of a plain kind, and most rules speak about another: their evaluators are made when the first
 * event comes that they mention. That keeps a judge cheap where there are thousands of short traces.
 *
 * @module
 */
import type { Catalog, Side } from "../trace/mod.ts";
import type { Check } from "./check.ts";
import type { Pattern } from "./pattern.ts";
import type { Rule } from "./rule.ts";
import { resolve } from "./select.ts";

/** A rule about one side. */
export interface Planned {
  readonly rule: Rule;
  /** Whether this version has any of its events, or it takes samples. */
  readonly speaks: boolean;
  /** When its evaluator is made at the latest. */
  readonly from: "start" | "end" | "event";
  /** The number of its conditions: rules of the same ones have the same number. */
  readonly conditions: number;
}

/** The rules about one side, and whom an event wakes. */
export interface Roster {
  readonly planned: readonly Planned[];
  /** By declaration index: positions in `planned`. */
  readonly wakes: readonly (readonly number[] | undefined)[];
  /** Positions in `planned` of those whose evaluators are made at the end at the latest. */
  readonly ends: readonly number[];
  /** How many different conditions there are. */
  readonly conditions: number;
}

const KNOWN = new WeakMap<readonly Rule[], Map<Side, WeakMap<Catalog, Roster>>>();

/**
 * The roster of a set of rules.
 *
 * @param make Makes an evaluator that is only asked for its slots.
 */
export function rosterOf(
  rules: readonly Rule[],
  side: Side,
  catalog: Catalog,
  make: (rule: Rule) => Check,
): Roster {
  let ofRules = KNOWN.get(rules);
  if (ofRules === undefined) KNOWN.set(rules, ofRules = new Map());
  let ofSide = ofRules.get(side);
  if (ofSide === undefined) ofRules.set(side, ofSide = new WeakMap());
  let roster = ofSide.get(catalog);
  if (roster === undefined) ofSide.set(catalog, roster = reckon(rules, side, catalog, make));
  return roster;
}

function reckon(
  rules: readonly Rule[],
  side: Side,
  catalog: Catalog,
  make: (rule: Rule) => Check,
): Roster {
  const planned: Planned[] = [];
  const wakes: (number[] | undefined)[] = [];
  const conditions = new Map<string, number>();
  for (const rule of rules) {
    if (rule.side !== side) continue;
    const position = planned.length;
    let hasEvents = false;
    for (const { selector, args = [] } of make(rule).slots()) {
      for (const { declaration } of resolve(selector, args, catalog)) {
        hasEvents = true;
        const woken = wakes[declaration.index] ??= [];
        if (woken.at(-1) !== position) woken.push(position);
      }
    }
    const from = neededFrom(rule.pattern);
    const key = JSON.stringify(rule.when) ?? "";
    if (!conditions.has(key)) conditions.set(key, conditions.size);
    const speaks = hasEvents || from === "start";
    planned.push({ rule, speaks, from, conditions: conditions.get(key) ?? 0 });
  }
  const ends = planned.flatMap(({ from }, position) => from === "end" ? [position] : []);
  return { planned, wakes, ends, conditions: conditions.size };
}

/** From when on a rule has something to say though none of its events came. */
function neededFrom(pattern: Pattern): Planned["from"] {
  switch (pattern.kind) {
    case "ledger":
      if (pattern.steps.some(({ sample }) => sample !== undefined)) return "start";
      return pattern.end === undefined ? "event" : "end";
    case "count":
      return pattern.atLeast === undefined ? "event" : "end";
    case "order":
      return pattern.complete === true ? "end" : "event";
    default:
      return "event";
  }
}
