/**
 * What a phase of the guest writes: how many pages by when, which ones by chance, and whether that turns zero pages
 * into others.
 *
 * @module
 */
import type { Phase } from "../scenario/mod.ts";
import type { RamBlock } from "./ram.ts";

/** A phase that writes page by page. */
export type WritingPhase = Extract<Phase, { kind: "sweep" | "random" }>;

/** Salt of the draws that say whether a write goes to the hot pages. */
export const HOT_SALT = 0x5bd1e995;

/**
 * The n-th draw of a stream: 32 bits that depend on nothing but the number and the seed, so that a draw that nobody
 * needs need not be made. The constants are those of Chris Wellons's lowbias32.
 */
export function scramble(n: number, seed: number): number {
  const high = n < 2 ** 32 ? 0 : Math.imul(Math.floor(n / 2 ** 32), 0x9e3779b1);
  let x = n ^ seed ^ high;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** How many writes a phase has made after `elapsed` microseconds of running time. */
export function writesUntil(phase: WritingPhase, elapsed: number): number {
  const perMicro = phase.rate_pages_per_second / 1e6;
  if (perMicro === 0) return 0;
  if (phase.burst_pages === null) return Math.floor(elapsed * perMicro);
  const busy = phase.burst_pages / perMicro;
  const round = busy + phase.rest_ms * 1000;
  const rounds = Math.floor(elapsed / round);
  const partly = Math.min(phase.burst_pages, Math.floor((elapsed - rounds * round) * perMicro));
  return rounds * phase.burst_pages + partly;
}

/** Microseconds that sums of moments may be off by. */
const HAIR = 1e-5;

/** At what moment of a phase the write after so many comes, a hair late rather than early. */
export function writeAt(phase: WritingPhase, written: number): number {
  const perMicro = phase.rate_pages_per_second / 1e6;
  const { burst_pages, rest_ms } = phase;
  if (burst_pages === null) return later((written + 1) / perMicro);
  const rounds = Math.floor(written / burst_pages);
  const round = burst_pages / perMicro + rest_ms * 1000;
  return later(rounds * round + (written - rounds * burst_pages + 1) / perMicro);
}

/** A moment that rounding cannot put before the write that it is the moment of. */
export function later(micros: number): number {
  return micros * (1 + 4 * Number.EPSILON) + HAIR;
}

/** Whether a phase writes at all: at a rate of 0 it is as idle as an idle one. */
export function writes(phase: Phase): boolean {
  return phase.kind === "vector" || (phase.kind !== "idle" && phase.rate_pages_per_second > 0);
}

/** Whether a phase writes zeros, or writes to pages that are zero when the run starts. */
export function mayChangeContent(phase: Phase, { content }: RamBlock): boolean {
  if (phase.kind === "idle" || !writes(phase)) return false;
  if (phase.kind === "vector") return true;
  if (phase.content !== "data") return true;
  if (phase.words === 0) return false;
  for (let page = phase.start_page; page < phase.start_page + phase.pages; page++) {
    const word = content[page >>> 5] ?? 0;
    if (word === 0xffffffff) page |= 31;
    else if ((word & (1 << (page & 31))) === 0) return true;
  }
  return false;
}
