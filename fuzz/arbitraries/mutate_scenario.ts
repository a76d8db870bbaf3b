/**
 * Another scenario made of a known one: parts exchanged with a fresh one, dropped, doubled, numbers moved.
 *
 * @module
 */
import type { RandomStream, Scenario, ScenarioInput } from "../../mod.ts";
import { mendScenario } from "./mend_scenario.ts";
import type { Json } from "./simpler_json.ts";

type Draft = { [key: string]: Draft } | Draft[] | string | number | boolean | null;

/** How many changes a mutant has at most, and how often a mutant that makes no sense is drawn again. */
const CHANGES_MAX = 4;
const ATTEMPTS = 8;

/**
 * Makes a valid scenario that is like `known` in most and like `fresh` in some, or like neither in a few numbers.
 *
 * @returns `fresh` when no valid mutant was found.
 */
export function mutateScenario(
  known: ScenarioInput,
  fresh: ScenarioInput,
  draw: RandomStream,
): ScenarioInput {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const draft = structuredClone(known) as unknown as Draft;
    const changes = 1 + draw.below(CHANGES_MAX);
    for (let change = 0; change < changes; change++) changeOne(draft, fresh, draw);
    const mutant = mend(draft as unknown as ScenarioInput);
    if (mutant !== undefined) return mutant;
  }
  return fresh;
}

function changeOne(draft: Draft, fresh: ScenarioInput, draw: RandomStream): void {
  if (typeof draft !== "object" || draft === null || Array.isArray(draft)) return;
  const donor = fresh as unknown as Record<string, Json>;
  switch (draw.below(6)) {
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
    default:
      nudge(draft, draw);
  }
}

/** Appends something of the fresh scenario to a list, or doubles an item. */
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
    guest.ram_bytes / 4096 + blocks > COST_MAX.pages || time_limit_ms / sampling_interval_ms > 5000;
}
