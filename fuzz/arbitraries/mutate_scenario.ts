/**
 * Another scenario made of a known one: parts exchanged with a fresh one, dropped, doubled, numbers moved.
 *
 * @module
 */
import type { RandomStream, Scenario, ScenarioInput } from "../../mod.ts";
import { mendScenario } from "./mend_scenario.ts";
import type { Json } from "./simpler_json.ts";

type Draft = { [key: string]: Draft } | Draft[] | string | number | boolean | null;

/** How many changes a mutant has at most: one in half of them, two in a quarter. How often a mutant that makes no sense is drawn again. */
const CHANGES_MAX = 8;
const ATTEMPTS = 8;

/**
 * Makes a valid scenario that is like `known` in most and like `other` in some, or like neither in a few numbers.
 *
 * @param moments Milliseconds at which something happens in the run of `known`: commands and faults are moved there.
 * @returns `other` when no valid mutant was found.
 */
export function mutateScenario(
  known: ScenarioInput,
  other: ScenarioInput,
  draw: RandomStream,
  moments: readonly number[] = [],
): ScenarioInput {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const draft = structuredClone(known) as unknown as Draft;
    for (let change = 1; change <= CHANGES_MAX; change++) {
      changeOne(draft, other, draw, moments);
      if (draw.below(2) === 0) break;
    }
    const mutant = mend(draft as unknown as ScenarioInput);
    if (mutant !== undefined) return mutant;
  }
  return other;
}

function changeOne(draft: Draft, other: ScenarioInput, draw: RandomStream, moments: readonly number[]): void {
  if (typeof draft !== "object" || draft === null || Array.isArray(draft)) return;
  const donor = other as unknown as Record<string, Json>;
  switch (draw.below(9)) {
    case 0:
    case 1: {
      // Exchange one part of the scenario, whole.
      const key = pick(Object.keys(donor), draw);
      if (key !== undefined) draft[key] = structuredClone(donor[key]) as Draft;
      break;
    }
    case 2: {
      const key = pick(Object.keys(draft).filter((name) => name !== "why"), draw);
      if (key !== undefined) delete draft[key];
      break;
    }
    case 3:
      lengthen(draft, donor, draw);
      break;
    case 4:
    case 5:
    case 6:
      aim(draft, donor, draw, moments);
      break;
    default:
      nudge(draft, draw);
  }
}

/** Moves a command, a fault or a change of the link, or one of the other scenario, to where something happens. */
function aim(
  draft: Record<string, Draft>,
  donor: Readonly<Record<string, Json>>,
  draw: RandomStream,
  moments: readonly number[],
): void {
  const moment = pick(moments, draw);
  if (moment === undefined) return nudge(draft, draw);
  const key = pick(["operator", "faults"], draw) ?? "operator";
  const own = Array.isArray(draft[key]) ? [...draft[key]] : [];
  const given = donor[key];
  const isNew = own.length === 0 || (own.length < AIMED_MAX && draw.below(2) === 0);
  const place = isNew ? own.length : draw.below(own.length);
  const item = isNew
    ? pick(Array.isArray(given) && given.length > 0 ? given : COMMANDS[key] ?? [], draw)
    : own[place];
  if (typeof item !== "object" || item === null) return;
  const { from: _from, ...rest } = structuredClone(item) as Record<string, Draft>;
  // A millisecond before and after as well: what comes first is what differs.
  own[place] = { ...rest, at_ms: Math.max(0, moment + draw.below(3) - 1) };
  draft[key] = own;
}

/** Commands and faults of a scenario that are aimed at most. */
const AIMED_MAX = 4;

/** What is aimed where neither scenario has anything. */
const COMMANDS: Readonly<Record<string, readonly Json[]>> = {
  operator: ["migrate_cancel", "migrate", "stop", "cont", "yank", "quit", "migrate-continue"].map((
    execute,
  ) => (
    { execute, at_ms: 0 }
  )),
  faults: ["network-cut", "destination-dies", "source-dies"].map((kind) => ({ kind, at_ms: 0 })),
};

/** Appends something of the other scenario to a list, or doubles an item. */
function lengthen(
  draft: Record<string, Draft>,
  donor: Readonly<Record<string, Json>>,
  draw: RandomStream,
): void {
  const key = pick(["workload", "operator", "faults"], draw) ?? "workload";
  const own = Array.isArray(draft[key]) ? draft[key] : [];
  const given = donor[key];
  const item = pick(Array.isArray(given) && given.length > 0 ? given : own, draw);
  if (item !== undefined) draft[key] = [...own, structuredClone(item) as Draft];
}

/** Moves one number anywhere in the scenario: a little, by a power of two, or to its neighbour's place. */
function nudge(draft: Draft, draw: RandomStream): void {
  const places: { set: (value: Draft) => void; value: number }[] = [];
  collectNumbers(draft, places);
  const place = pick(places, draw);
  if (place === undefined) return;
  const { value } = place;
  const other = pick(places, draw)?.value ?? value;
  const choices = [
    value + 1,
    value - 1,
    value * 2,
    Math.floor(value / 2),
    0,
    1,
    other,
    value * 10,
    value + other,
  ];
  place.set(Math.max(0, pick(choices, draw) ?? value));
}

function collectNumbers(draft: Draft, places: { set: (value: Draft) => void; value: number }[]): void {
  if (typeof draft !== "object" || draft === null) return;
  const holder = draft as Record<string | number, Draft>;
  for (const [key, value] of Object.entries(holder)) {
    if (typeof value === "number") places.push({ value, set: (next) => holder[key] = next });
    else collectNumbers(value, places);
  }
}

function pick<T>(items: readonly T[], draw: RandomStream): T | undefined {
  return items.length === 0 ? undefined : items[draw.below(items.length)];
}

/** Runs longer than this many writes or milliseconds show nothing that shorter ones do not, and cost much. */
const COST_MAX = { milliseconds: 20_000, writes: 400_000, pages: 65_536 };

/** The mutant without what is refused; `undefined` when nothing sensible is left, or it would take long to run. */
function mend(draft: ScenarioInput): ScenarioInput | undefined {
  const bytes = draft.guest?.ram_bytes ?? 4096;
  const guest = { ...draft.guest, ram_bytes: Math.max(4096, Math.ceil(bytes / 4096) * 4096) };
  const mended = mendScenario({ ...draft, guest });
  return mended === undefined || isCostly(mended.scenario) ? undefined : mended.input;
}

function isCostly({ time_limit_ms, workload, guest, sampling_interval_ms }: Scenario): boolean {
  const rate = workload.reduce(
    (sum, phase) => sum + (phase.kind === "random" ? phase.rate_pages_per_second : 0),
    0,
  );
  const blocks = (guest.ram_blocks ?? []).reduce((sum, { pages }) => sum + pages, 0);
  return time_limit_ms > COST_MAX.milliseconds || rate * time_limit_ms / 1000 > COST_MAX.writes ||
    guest.ram_bytes / 4096 + blocks > COST_MAX.pages || time_limit_ms / sampling_interval_ms > 1500;
}
