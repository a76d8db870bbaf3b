/**
 * Which profile and which catalog a recording of some QEMU version gets.
 *
 * A version that is no profile gets the nearest one that its facts agree with; its log is read with its own tracepoints.
 *
 * @see facts/precopy.md 0.1
 * @module
 */
import type { ProfileName } from "../scenario/mod.ts";
import type { CatalogName } from "../trace/mod.ts";

/** What stands for a version. */
export interface RecordedVersion {
  /** Major and minor, as machine types have them: `10.2`. */
  readonly version: string;
  readonly profile: ProfileName;
  readonly catalog: CatalogName;
}

/** From 9.0 to 10.0, and from 10.1 to 11.0, the loop decides the same; what 11.1 changed is in no release before. */
const KNOWN: Readonly<Record<string, readonly [ProfileName, CatalogName]>> = {
  "8.2": ["8.2-dev", "8.2"],
  "9.0": ["10.0", "9.0"],
  "9.1": ["10.0", "9.2"],
  "9.2": ["10.0", "9.2"],
  "10.0": ["10.0", "10.0"],
  "10.1": ["11.0-dev", "10.1"],
  "10.2": ["11.0-dev", "10.2"],
  "11.0": ["11.0-dev", "11.0-dev"],
  "11.1": ["11.1", "11.1"],
};
const LATEST = ["11.1", "11.1"] as const;

/** Reads `10.2.0 (Debian …)`; nothing where no profile is near. */
export function versionOf(qemu: string): RecordedVersion | null {
  const match = /^(\d+)\.(\d+)/.exec(qemu);
  if (match === null) return null;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const version = `${major}.${minor}`;
  const isLater = major > 11 || (major === 11 && minor > 1);
  const known = isLater ? LATEST : KNOWN[version];
  return known === undefined ? null : { version, profile: known[0], catalog: known[1] };
}
