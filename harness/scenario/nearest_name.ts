/**
 * Finds the name that somebody most likely meant.
 *
 * @module
 */
import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** The nearest of the known names; `undefined` when none is near enough to be what was meant. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || given.length > 100) return undefined;
  const nearest = closestString(given, known);
  const distance = levenshteinDistance(given.toLowerCase(), nearest.toLowerCase());
  return distance <= Math.max(2, Math.floor(nearest.length * 0.4)) ? nearest : undefined;
}

/** A half sentence that names the nearest known name; empty when there is none. */
export function didYouMean(given: string, known: readonly string[]): string {
  const nearest = nearestName(given, known);
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
}
