/**
 * A bound on what a check remembers.
 *
 * @module
 */

/** Keys that one check remembers; a log that makes more loses the oldest. */
const KEYS_MAX = 65536;

/** Drops the oldest key when there are too many. */
export function bound<V>(map: Map<number | string, V>): void {
  if (map.size <= KEYS_MAX) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
