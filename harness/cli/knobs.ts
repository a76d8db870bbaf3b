/**
 * Knobs as they are typed: `--set NAME=VALUE` and `--axis NAME=FROM..TO:STEPS`, with units such as `64MiB`.
 *
 * @module
 */
import { findKnob, type Knob, readJson, snap, turn } from "../scenario/mod.ts";
import { CommandError } from "./command.ts";

/** Steps of an axis unless given. */
const STEPS_DEFAULT = 10;
const STEPS_MAX = 1000;

const SUFFIXES: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** What `--set` does, for the help. */
export const SET_SUMMARY = "Turn a number of the scenario, such as max-bandwidth=64MiB or dirty-rate=20k";

/** A knob with the values that it is turned to. */
export interface Axis {
  readonly knob: Knob;
  /** Ascending or descending as typed, without repeats. */
  readonly values: readonly number[];
}

function readNumber(text: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?(?:e\d+)?)([A-Za-z]*)$/.exec(text);
  const suffix = match?.[2] ?? "";
  const factor = Object.hasOwn(SUFFIXES, suffix) ? SUFFIXES[suffix] : undefined;
  const value = Number(match?.[1]) * (factor ?? NaN);
  if (Number.isFinite(value)) return value;
  throw new CommandError(`${what}: "${text}" is no number such as 300, 20k or 64MiB`);
}

function knobOf(scenario: unknown, name: string, what: string): Knob {
  const knob = findKnob(scenario, name);
  if (knob.ok) return knob.value;
  throw new CommandError(`${what}: ${knob.error}`);
}

function split(text: string, what: string, wanted: string): [name: string, rest: string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new CommandError(`${what} must be ${wanted}, not "${text}"`);
}

/**
 * A scenario's text with numbers set as `--set` asks; the text itself when nothing is asked or it is no JSON, so that
 * whoever parses it says what is wrong with it and where.
 *
 * @throws {CommandError} If a setting is none, or the scenario has no such number.
 */
export function turnKnobs(text: string, settings: readonly string[]): string {
  if (settings.length === 0 || !readJson(text).ok) return text;
  let scenario: unknown = JSON.parse(text);
  for (const setting of settings) {
    const [name, value] = split(setting, "--set", "NAME=VALUE");
    const knob = knobOf(scenario, name, `--set ${setting}`);
    scenario = turn(scenario, knob, snap(knob, readNumber(value, `--set ${setting}`)));
  }
  return JSON.stringify(scenario, null, 2);
}

/**
 * Reads an axis: `NAME=FROM..TO`, `NAME=FROM..TO:STEPS`, `NAME=FROM..TO:STEPSlog`, or `NAME=A,B,C`.
 *
 * Steps are spread evenly, or by a constant factor with `log`, and rounded to what the knob takes and to three digits, or
 * as many as keep them apart; both ends stay as typed.
 *
 * @throws {CommandError} If it is none, or the scenario has no such number.
 */
export function readAxis(scenario: unknown, text: string): Axis {
  const what = `--axis ${text}`;
  const [name, range] = split(text, "--axis", "NAME=FROM..TO[:STEPS][log]");
  const knob = knobOf(scenario, name, what);
  const match = /^([^:]*?)\.\.([^:]*?)(?::(\d{1,6}))?(log)?$/.exec(range);
  if (match === null) {
    if (range.includes("..")) {
      throw new CommandError(`--axis must be NAME=FROM..TO[:STEPS][log], not "${text}"`);
    }
    return { knob, values: distinct(range.split(",").map((one) => snap(knob, readNumber(one, what)))) };
  }
  const [from, to] = [readNumber(match[1] ?? "", what), readNumber(match[2] ?? "", what)];
  const steps = match[3] === undefined ? STEPS_DEFAULT : Number(match[3]);
  if (steps < 1 || steps > STEPS_MAX) throw new CommandError(`${what}: STEPS must be from 1 to ${STEPS_MAX}`);
  const isLog = match[4] === "log";
  if (isLog && (from <= 0 || to <= 0)) throw new CommandError(`${what}: log needs ends above 0`);
  const valuesTo = (digits: number) =>
    Array.from({ length: steps }, (_, index) => {
      if (index === 0) return snap(knob, from);
      if (index === steps - 1) return snap(knob, to);
      const share = index / (steps - 1);
      const value = isLog ? from * (to / from) ** share : from + (to - from) * share;
      return snap(knob, Number(value.toPrecision(digits)));
    });
  // Three digits read well; steps that would then fall together get more.
  let values = distinct(valuesTo(3));
  for (let digits = 4; values.length < steps && digits <= 12; digits++) values = distinct(valuesTo(digits));
  return { knob, values };
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)];
}
