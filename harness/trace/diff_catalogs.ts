/**
 * The differences of two catalogs: what one version traces and another does not, or traces otherwise.
 *
 * Renames are guesses: an event that went and one that came are paired when their names, arguments and formats are
 * alike enough. The figure says how alike; facts/tracing.md h has the truth for two catalogs, and a test the score.
 *
 * @module
 */
import type { Catalog } from "./catalog.ts";
import type { Declaration } from "./declaration.ts";

/** An event that both catalogs have, with other arguments or another format. */
export interface ChangedEvent {
  readonly before: Declaration;
  readonly after: Declaration;
  /** What differs: `arguments`, `format`, `properties`. */
  readonly what: readonly string[];
}

/** An event that may have got another name. */
export interface RenamedEvent {
  readonly before: Declaration;
  readonly after: Declaration;
  /** How alike the two are, from 0 to 1: a guess below 1, and even then. */
  readonly likeness: number;
  /** Whether arguments and format are the same, so that only the name differs. */
  readonly same: boolean;
}

/** All differences, in the order of the catalogs. */
export interface CatalogDiff {
  /** Events that only the second catalog has and that are no guessed rename. */
  readonly added: readonly Declaration[];
  /** Events that only the first catalog has and that are no guessed rename. */
  readonly removed: readonly Declaration[];
  readonly renamed: readonly RenamedEvent[];
  readonly changed: readonly ChangedEvent[];
  /** Events that are the same in both. */
  readonly unchanged: number;
}

/** A pair below this is two events. Chosen on the catalogs of facts h: lower finds more pairs, and wrong ones. */
const LIKENESS_MIN = 0.5;

/** Compares two catalogs by the names of their events. */
export function diffCatalogs(a: Catalog, b: Catalog): CatalogDiff {
  const changed: ChangedEvent[] = [];
  const gone: Declaration[] = [];
  let unchanged = 0;
  for (const before of lastOfEach(a)) {
    const after = b.get(before.name);
    if (after === undefined) {
      gone.push(before);
      continue;
    }
    const what = [
      ...(argumentsOf(before) === argumentsOf(after) ? [] : ["arguments"]),
      ...(formatOf(before) === formatOf(after) ? [] : ["format"]),
      ...(before.properties.join() === after.properties.join() ? [] : ["properties"]),
    ];
    if (what.length === 0) unchanged++;
    else changed.push({ before, after, what });
  }
  const come = lastOfEach(b).filter(({ name }) => a.get(name) === undefined);
  const renamed = pairUp(gone, come);
  const paired = new Set(renamed.flatMap(({ before, after }) => [before, after]));
  return {
    added: come.filter((one) => !paired.has(one)),
    removed: gone.filter((one) => !paired.has(one)),
    renamed,
    changed,
    unchanged,
  };
}

function lastOfEach(catalog: Catalog): Declaration[] {
  return catalog.declarations.filter((one) => catalog.get(one.name) === one);
}

function argumentsOf({ args }: Declaration): string {
  return args.map(({ type, name }) => `${type.replace(/\s*\*/g, " *").replace(/\s+/g, " ")} ${name}`).join(
    ", ",
  );
}

function formatOf({ pieces }: Declaration): string {
  return pieces.map((piece) => (typeof piece === "string" ? piece : JSON.stringify(piece))).join("");
}

/** The likeliest pairs first; each event is in one pair at most. */
function pairUp(gone: readonly Declaration[], come: readonly Declaration[]): RenamedEvent[] {
  const pairs: RenamedEvent[] = [];
  for (const before of gone) {
    for (const after of come) {
      const likeness = likenessOf(before, after);
      if (likeness < LIKENESS_MIN) continue;
      const same = argumentsOf(before) === argumentsOf(after) && formatOf(before) === formatOf(after);
      pairs.push({ before, after, likeness, same });
    }
  }
  pairs.sort((one, other) => other.likeness - one.likeness);
  const taken = new Set<Declaration>();
  const chosen = pairs.filter(({ before, after }) => {
    if (taken.has(before) || taken.has(after)) return false;
    taken.add(before).add(after);
    return true;
  });
  return chosen.sort((one, other) => one.before.index - other.before.index);
}

/** Words of a name or of a format's text. */
function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[^a-z0-9]+/).filter((word) => word !== "");
}

/** How much of two lists is common, counted with multiplicity: Dice's coefficient. */
function overlap(some: readonly string[], others: readonly string[]): number {
  if (some.length + others.length === 0) return 1;
  const left = [...others];
  let common = 0;
  for (const one of some) {
    const at = left.indexOf(one);
    if (at === -1) continue;
    left.splice(at, 1);
    common++;
  }
  return (2 * common) / (some.length + others.length);
}

/** Pairs of neighbouring letters, so that `migrate` and `migration` are alike. */
function lettersOf(name: string): string[] {
  return wordsOf(name).flatMap((word) => [...word].slice(1).map((letter, at) => word.charAt(at) + letter));
}

function likenessOf(before: Declaration, after: Declaration): number {
  const names = (overlap(wordsOf(before.name), wordsOf(after.name)) +
    overlap(lettersOf(before.name), lettersOf(after.name))) / 2;
  const one = before.args.map(({ type, name }) => `${type} ${name}`);
  const other = after.args.map(({ type, name }) => `${type} ${name}`);
  const text = (declaration: Declaration) =>
    wordsOf(declaration.pieces.filter((piece) => typeof piece === "string").join(" "));
  const content = (overlap(one, other) + overlap(text(before), text(after))) / 2;
  // Events that print nothing are all alike, so their names alone tell; what prints much tells by itself.
  const weight = Math.min(0.6, 0.15 * (before.args.length + after.args.length));
  return names * (1 - weight) + content * weight;
}
