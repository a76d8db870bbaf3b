/**
 * For every rule: a smallest trace that keeps it and one that breaks it, made from the rule's own pattern.
 *
 * @module
 */
import { type Catalog, CATALOG_NAMES, catalogOf, type RunFacts, type Side, type TraceRecord } from "../../trace/mod.ts";
import type { Pattern } from "../pattern.ts";
import type { Rule, Trait } from "../rule.ts";
import { type Match, resolve, type Selector } from "../select.ts";
import { TRAITS } from "../traits.ts";
import { isIn, versionOrder } from "../version.ts";
import { CASE_PARAMETERS, LEDGER_CASES } from "./ledger_cases.ts";
import { eventOf, inWords, type Worded } from "./trace_words.ts";

/** A rule with the two traces, and the facts that make it apply. */
export interface RuleCase {
  readonly catalog: Catalog;
  readonly facts: RunFacts;
  readonly kept: Worded;
  readonly broken: Worded;
}

interface Item {
  readonly match: Match;
  readonly side: Side;
  /** Values of arguments besides those that the selector asks for. */
  readonly given?: Readonly<Record<string, string | number>>;
  /** Microseconds that pass before it. */
  readonly after?: number;
}

const OTHERS: Readonly<Record<Side, readonly string[]>> = {
  source: ["savevm_state_iterate", "migration_thread_setup_complete", "savevm_state_setup"],
  destination: ["loadvm_state_setup", "qemu_loadvm_state_post_main", "loadvm_state_cleanup"],
};

/** Shown before the migration begins, so that the log counts as one that shows migrations as a whole. */
export const BROAD: Readonly<Record<Side, readonly string[]>> = {
  source: [
    "savevm_state_setup",
    "migration_thread_setup_complete",
    "migration_bitmap_sync_start",
    "migration_bitmap_sync_end",
    "savevm_section_start",
    "savevm_section_end",
    "migration_thread_after_loop",
    "vmstate_save",
    "savevm_command_send",
  ],
  destination: [
    "qemu_loadvm_state_section",
    "qemu_loadvm_state_section_startfull",
    "qemu_loadvm_state_section_partend",
    "vmstate_load",
    "ram_load_complete",
    "qemu_loadvm_state_post_main",
    "process_incoming_migration_co_end",
  ],
};

const PREFERRED = ["10.0", "11.1", "10.2", "9.2", "9.0", "8.2", "7.2", ...CATALOG_NAMES];

/** Every selector of a pattern. */
export function selectorsOf(pattern: Pattern): readonly Selector[] {
  const found: Selector[] = [];
  for (const value of Object.values(pattern) as readonly unknown[]) {
    if (isSelector(value)) found.push(value);
    else if (Array.isArray(value)) found.push(...value.filter(isSelector));
  }
  if (pattern.kind === "ledger") for (const { on } of pattern.steps) if (on !== undefined) found.push(on);
  return found;
}

function isSelector(value: unknown): value is Selector {
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  return typeof first === "object" && first !== null && "event" in first;
}

function catalogFor(rule: Rule): Catalog {
  const names = PREFERRED.filter((name) => isIn(rule.versions, versionOrder(name)));
  const needed = rule.pattern.kind === "ledger" ? [] : selectorsOf(rule.pattern);
  const words = LEDGER_CASES[rule.id]?.join(";") ?? "";
  const events = [...words.matchAll(/(?:^|;)\s*(?:[DS]:)?([a-z]\w+)/g)].map((match) => match[1] ?? "");
  for (const name of names) {
    const catalog = catalogOf(name as "10.0");
    const has = needed.every((selector) => resolve(selector, [], catalog).length > 0) &&
      events.every((event) => catalog.get(event) !== undefined);
    if (has) return catalog;
  }
  throw new Error(`No catalog has all events of ${rule.id}`);
}

/** The traces of a rule. */
export function caseOf(rule: Rule): RuleCase {
  const catalog = catalogFor(rule);
  const build = (isKept: boolean) => wrap(rule, catalog, bodyOf(rule, catalog, isKept));
  return { catalog, facts: factsOf(rule, catalog), kept: build(true), broken: build(false) };
}

function factsOf(rule: Rule, catalog: Catalog): RunFacts {
  const traits = rule.when?.with ?? [];
  const capabilities: Record<string, boolean> = {};
  for (const trait of traits) {
    const name = trait === "postcopy" ? "postcopy-ram" : trait === "return-path" ? trait : TRAITS[trait].capability;
    if (name !== undefined) capabilities[name] = true;
  }
  return {
    version: catalog.name,
    capabilities,
    parameters: CASE_PARAMETERS[rule.id] ?? {},
    transport: "unix",
    guestRan: true,
  };
}

function bodyOf(rule: Rule, catalog: Catalog, isKept: boolean): Worded {
  if (rule.pattern.kind === "ledger") {
    const words = LEDGER_CASES[rule.id];
    if (words === undefined) throw new Error(`${rule.id} has no case in testdata/ledger_cases.ts`);
    return inWords(catalog, rule.side === "both" ? "source" : rule.side, words[isKept ? 0 : 1], 1_100_000);
  }
  const worded: Worded = { source: [], destination: [], samples: [] };
  let at = 1_100_000;
  for (const { match, side, given = {}, after = 10 } of itemsOf(rule, catalog, isKept)) {
    at += after;
    worded[side].push(eventOf(catalog, match.event, { ...wanted(match), ...given }, at));
  }
  return worded;
}

function wanted({ where }: Match): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(where).map(([name, value]) => {
      // A second setup would begin a second migration.
      const several = typeof value === "object" ? value.filter((one) => value.length === 1 || one !== "setup") : [value];
      return [name, several[0] ?? 0];
    }),
  );
}

function itemsOf(rule: Rule, catalog: Catalog, isKept: boolean): Item[] {
  const side: Side = rule.side === "both" ? "source" : rule.side;
  const item = (selector: Selector, more: Partial<Item> = {}): Item => {
    const match = selector.find((one) => resolve([one], [], catalog).length > 0);
    if (match === undefined) throw new Error(`${rule.id}: ${catalog.name} lacks an event`);
    return { match, side, ...more };
  };
  const other = (avoid: Selector): Item => {
    const name = OTHERS[side].find((one) => !avoid.some(({ event }) => event === one));
    if (name === undefined) throw new Error(`${rule.id}: no other event`);
    return { match: { event: name as Match["event"], where: {} }, side };
  };
  const { pattern } = rule;
  switch (pattern.kind) {
    case "order":
      return orderItems(pattern.steps.map((step) => item(step)), isKept);
    case "alternates":
      return isKept
        ? [item(pattern.first), item(pattern.second)]
        : [item(pattern.first), item(pattern.first), item(pattern.second)];
    case "nested": {
      const [open, close] = pattern.key;
      const items = ["a", "b"].map((value) => item(pattern.open, { given: { [open]: value } }));
      const order = isKept ? ["b", "a"] : ["a", "b"];
      return [...items, ...order.map((value) => item(pattern.close, { given: { [close]: value } }))];
    }
    case "count": {
      const times = isKept ? Math.max(pattern.atMost ?? 1, 1) : (pattern.atMost ?? 0) + 1;
      return Array.from({ length: times }, () => item(pattern.event));
    }
    case "never-after":
      return isKept ? [item(pattern.after)] : [item(pattern.after), item(pattern.event)];
    case "between":
      return isKept
        ? [item(pattern.open), item(pattern.event), item(pattern.close)]
        : [item(pattern.open), item(pattern.close), item(pattern.event)];
    case "answered":
      if (isKept) return [item(pattern.first), item(pattern.then)];
      if (pattern.onlyAsked === true) return [item(pattern.then)];
      if (pattern.within === undefined) return [item(pattern.first)];
      return [item(pattern.first), item(pattern.then, { after: pattern.within + 1 })];
    case "balance":
      return isKept
        ? [item(pattern.plus), item(pattern.minus)]
        : [item(pattern.plus), item(pattern.plus), item(pattern.minus)];
    case "next":
      return isKept
        ? [item(pattern.after), item(pattern.next)]
        : [item(pattern.after), other(pattern.next)];
    case "previous":
      return isKept
        ? [item(pattern.previous), item(pattern.event)]
        : [item(pattern.previous), other([...pattern.previous, ...pattern.event]), item(pattern.event)];
    case "states": {
      const first = pattern.initial[0] ?? "";
      const next = isKept ? pattern.edges[first]?.[0] ?? "" : first === "none" ? "completed" : "none";
      return [first, next].map((value) => item(pattern.event, { given: { [pattern.arg]: value } }));
    }
    case "spacing":
      return [item(pattern.event), item(pattern.event, { after: isKept ? pattern.atLeast : 10 })];
    case "pairs": {
      const [name] = Object.entries(pattern.destinationNumbers ?? {}).find(([, number]) => number === 2) ?? [];
      const [sourceArg] = pattern.sourceArgs;
      const [destinationArg] = pattern.destinationArgs;
      const sent = item(pattern.source, name === undefined ? {} : { given: { [sourceArg ?? ""]: 2 } });
      const taken = item(pattern.destination, {
        side: "destination",
        ...(name === undefined ? {} : { given: { [destinationArg ?? ""]: name } }),
      });
      if (isKept) return [sent, taken];
      if (destinationArg === undefined) return [sent, taken, taken];
      return [sent, { ...taken, given: { ...taken.given, [destinationArg]: 3 } }];
    }
    case "ledger":
      return [];
  }
}

const CLEANUP = "savevm_state_cleanup";
const ENDS = ["completed", "failed", "cancelled"];

/** Steps in order; or with the last two that can be swapped swapped. */
function orderItems(items: Item[], isKept: boolean): Item[] {
  if (isKept) return items;
  const isSetup = ({ match }: Item) => wanted(match)["new_state"] === "setup";
  const isEnd = ({ match }: Item) => ENDS.includes(String(wanted(match)["new_state"]));
  const canSwap = (index: number) => index > 0 && !isSetup(items[index - 1] as Item);
  const isLast = (index: number) => isEnd(items[index] as Item) && index > 1;
  const inner = items.findLastIndex((_, index) => canSwap(index) && !isLast(index));
  const at = inner === -1 ? items.findLastIndex((_, index) => canSwap(index)) : inner;
  const [first, second] = [items[at - 1], items[at]];
  if (first === undefined || second === undefined) throw new Error("an order of fewer than two steps");
  return [...items.slice(0, at - 1), second, first, ...items.slice(at + 1)];
}

/** Puts the beginning and the end of a migration around a body. */
function wrap(rule: Rule, catalog: Catalog, body: Worded): Worded {
  const sides: readonly Side[] = rule.side === "both" ? ["source", "destination"] : [rule.side];
  const worded: Worded = { source: [], destination: [], samples: body.samples };
  const { pattern } = rule;
  const readsReplies = pattern.kind === "ledger" && pattern.steps.some(({ sample }) => sample !== undefined);
  const [end = pattern.kind === "answered" || readsReplies ? "completed" : ""] = rule.when?.ends ?? [];
  for (const side of sides) {
    const isState = (record: TraceRecord, state: string) =>
      record.declaration.name === "migrate_set_state" && record.values[0] === state;
    const records = body[side].filter((record) => !isState(record, "setup"));
    const mentioned = namesIn(rule);
    const shown = rule.side === "both"
      ? BROAD[side].filter((name) => !mentioned.includes(name))
      : [...BROAD[side], ...mentioned];
    const before = shown.filter((name) => catalog.get(name) !== undefined)
      .map((name, index) => eventOf(catalog, name, {}, 900_000 + index));
    const running = rule.side === "both" && side === "source"
      ? [eventOf(catalog, "vm_state_notify", { running: 1, reason_str: "running" }, 950_000)]
      : [];
    const setup = [eventOf(catalog, "migrate_set_state", { new_state: "setup" }, 1_100_000)];
    if (rule.side === "both" && side === "destination") {
      setup.push(eventOf(catalog, "migrate_set_state", { new_state: "active" }, 1_100_001));
    }
    const isBoth = rule.side === "both";
    const status = isBoth && (side === "destination" || end === "") ? "completed" : end;
    const hasEnd = ENDS.some((state) => records.some((one) => isState(one, state)));
    const ending = status === "" || hasEnd
      ? []
      : [eventOf(catalog, "migrate_set_state", { new_state: status }, 9_000_000)];
    // A log that breaks off before the cleanup is not judged by what it lacks.
    const hasCleanup = side === "destination" || records.some((one) => one.declaration.name === CLEANUP);
    const cleanup = hasCleanup ? [] : [eventOf(catalog, CLEANUP, {}, 9_500_000)];
    const proofs = (rule.when?.with ?? []).flatMap((trait) => proofOf(trait, side, catalog));
    worded[side].push(...before, ...running, ...setup, ...records, ...proofs, ...ending, ...cleanup);
  }
  return worded;
}

/** Names that the rule mentions, but for those that begin a migration or say where one stands. */
function namesIn(rule: Rule): string[] {
  const begin = ["migrate_set_state", "savevm_state_header", "loadvm_state_setup", "vm_state_notify"];
  return [...new Set(selectorsOf(rule.pattern).flat().map(({ event }) => event))]
    .filter((name) => !begin.includes(name));
}

/** An event that proves a trait which no capability tells. */
function proofOf(trait: Trait, side: Side, catalog: Catalog): TraceRecord[] {
  const { capability, told, proof } = TRAITS[trait];
  // That there can be postcopy does not say that there is.
  if (capability !== undefined || (told !== undefined && trait !== "postcopy")) return [];
  const isOf = (name: string) => (side === "destination") === name.startsWith("loadvm_");
  const match = proof.find(({ event }) => catalog.get(event) !== undefined && isOf(event));
  return match === undefined ? [] : [eventOf(catalog, match.event, wanted(match), 8_000_000)];
}
