/**
 * A long log for measuring: recordings with all events, one after the other, until there are enough lines.
 *
 * @module
 */
import { gunzipSync } from "node:zlib";
import { joinBytes } from "../../base/mod.ts";

/** With per-page events. CI and the machines that measure have them. */
const SHARED = new URL("../../../../shared/recordings/", import.meta.url);
/** What a bare clone has: without per-page events, so that the mix is another one. */
const COMMITTED = new URL("../../../recordings/", import.meta.url);

/** What was grown. */
export interface GrownLog {
  readonly bytes: Uint8Array;
  readonly lines: number;
  /** The folders that it was grown from. */
  readonly from: readonly string[];
}

function tracesIn(folder: URL, isWanted: (name: string) => boolean): readonly (readonly [string, Uint8Array])[] {
  const traces: (readonly [string, Uint8Array])[] = [];
  const folders = [...Deno.readDirSync(folder)].filter(({ name, isDirectory }) => isDirectory && isWanted(name));
  for (const { name } of folders.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const file of ["src.trace.gz", "dst.trace.gz"]) {
      try {
        traces.push([name, new Uint8Array(gunzipSync(Deno.readFileSync(new URL(`${name}/${file}`, folder))))]);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }
  return traces;
}

function sharedOrCommitted(): readonly (readonly [string, Uint8Array])[] {
  try {
    return tracesIn(SHARED, (name) => name.startsWith("full-"));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return tracesIn(COMMITTED, (name) => !name.startsWith("q"));
  }
}

/** A log of QEMU 10.0.2 with at least so many lines. */
export function growLog(linesMin: number): GrownLog {
  const traces = sharedOrCommitted();
  const counts = traces.map(([, bytes]) => bytes.reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0));
  const parts: Uint8Array[] = [];
  let lines = 0;
  for (let index = 0; lines < linesMin; index = (index + 1) % traces.length) {
    const bytes = traces[index]?.[1] ?? new Uint8Array();
    parts.push(bytes);
    lines += counts[index] ?? 0;
  }
  return { bytes: joinBytes(parts), lines, from: [...new Set(traces.map(([name]) => name))] };
}
