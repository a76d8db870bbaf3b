/**
 * QEMU versions, as rules compare them.
 *
 * @module
 */

/** The versions that a rule holds for, both ends included: `{ from: "9.0" }` is 9.0 and everything after it. */
export interface VersionRange {
  readonly from?: string;
  readonly to?: string;
}

/**
 * The order of a version: `10.0.2` and `10.0` are the same release; a development catalog such as `8.2-dev` lies
 * between the release before it and its own.
 *
 * @returns NaN when the text names no version.
 */
export function versionOrder(version: string): number {
  const match = /^(?:qemu-)?(\d+)\.(\d+)/.exec(version);
  if (match === null) return NaN;
  const order = Number(match[1]) * 100 + Number(match[2]);
  return version.includes("-dev") ? order - 0.5 : order;
}

/** Both ends of each range as orders: a range belongs to a rule, and is asked about once for each judge. */
const ENDS = new WeakMap<VersionRange, readonly [from: number, to: number]>();

/** Whether a version lies in a range; undefined when the version is not known. */
export function isIn(range: VersionRange | undefined, order: number): boolean | undefined {
  if (range === undefined) return true;
  if (Number.isNaN(order)) return undefined;
  let ends = ENDS.get(range);
  if (ends === undefined) {
    ends = [
      range.from === undefined ? -Infinity : versionOrder(range.from),
      range.to === undefined ? Infinity : versionOrder(range.to),
    ];
    ENDS.set(range, ends);
  }
  return ends[0] <= order && order <= ends[1];
}

/** `9.0 to 10.0`, `from 9.0`, `up to 8.2`, `all`. */
export function showVersions(range: VersionRange | undefined): string {
  if (range === undefined) return "all";
  if (range.from === undefined) return range.to === undefined ? "all" : `up to ${range.to}`;
  return range.to === undefined ? `from ${range.from}` : `${range.from} to ${range.to}`;
}
