/**
 * Why the bytes of a recording's full cycles hang on a moment that no input tells, by what the recording shows itself.
 *
 * Its other figures are as well determined as before.
 *
 * @module
 */
import { COSTS, zeroPagesOf } from "../model/mod.ts";
import type { Scenario } from "../scenario/mod.ts";
import { type EdgeEvidence, edgeOf } from "./command_edge.ts";
import { rateBefore, touchesAtStart } from "./recorded_workload.ts";

/**
 * So many writes from where the rate of before has the guest, one page in expectation is encoded to another length: each
 * of its sixteen written bytes is that of another write by one chance in 256. A write a millisecond later does as much.
 * So many pages are zero, or are not, where the search meets the guest.
 */
const STRAY_WRITES = 16;

/** A RAM section looks at the clock now and then, and ends after this. */
const SECTION_MICROS = 50_000;
/** The rate limit is held against a cycle's bytes every 100 ms; a page is sent with its header. */
const CYCLES_PER_SECOND = 10;
const PAGE_BYTES = 4096 + 8;
const HUGE_PAGES = 512;
/** QEMU's default, bytes a second. */
const BANDWIDTH = 128 * 2 ** 20;
/** Builds of one firmware differ by some pages at most. */
const BUILD_PAGES = 16;

/** What is known of a recording besides its inputs. */
export interface CycleEvidence extends EdgeEvidence {
  readonly scenario: Scenario;
  /** Zero pages of a migration whose first pass was whole; null for another. */
  readonly zeroPages: number | null;
}

/** Reasons, each a sentence; none if the inputs suffice for the bytes of its full cycles as far as the recording shows. */
export function cyclesUndeterminedBy(evidence: CycleEvidence): string[] {
  return [strayedGuest, thresholdAtEdge, limitAtEdge, cutSection, otherFirmware].map((reason) =>
    reason(evidence)
  ).filter((reason) => reason !== "");
}

/**
 * How far the guest's counter was from the line that the rate of before draws, where XBZRLE encodes what it wrote, or where
 * its writes decide which pages are zero.
 */
function strayedGuest({ inputs, scenario, host }: CycleEvidence): string {
  const { meta, entries, start } = inputs;
  const hasXbzrle = meta.capabilities.src.includes("xbzrle");
  if (!hasXbzrle && !turnsPages(scenario)) return "";
  const rate = rateBefore(inputs);
  const written = touchesAtStart(inputs, rate);
  if (rate === 0 || written === 0) return "";
  const stop = entries.find(({ t, side, event }) => side === "src" && event === "STOP" && t >= start)?.t;
  const throttled = host.throttledAfterMicros === null ? Infinity : start + host.throttledAfterMicros / 1e6;
  let stray = 0;
  for (const { t, side, touches = 0 } of entries) {
    if (side !== "src" || touches === 0 || t < start || t >= Math.min(stop ?? Infinity, throttled)) continue;
    stray = Math.max(stray, Math.abs(touches - written - rate * (t - start)));
  }
  if (stray < STRAY_WRITES) return "";
  return `its guest was up to ${Math.round(stray)} writes from where the rate of before has it: ${
    hasXbzrle
      ? "which write of a page XBZRLE copied, and with that the length of its next encoding,"
      : "which pages were zero as they were sent"
  } is decided to the write`;
}

/** Whether the guest's writes make zero pages of others, or others of zero pages. */
function turnsPages({ guest, workload }: Scenario): boolean {
  const end = Math.max(0, ...guest.filled.map(({ start_page, pages }) => start_page + pages));
  return workload.some((phase) =>
    phase.kind !== "idle" && (!("content" in phase) || phase.content !== "data" ||
      (phase.pages > 1 && phase.start_page + phase.pages > end))
  );
}

/** Whether XBZRLE's passes had a cycle more or less by how late the thread woke: each page is encoded against its last copy. */
function thresholdAtEdge({ inputs: { meta }, host: { edges } }: CycleEvidence): string {
  if (!meta.capabilities.src.includes("xbzrle") || edges === 0) return "";
  return `${edges} of its passes ended, or went on for a cycle, because the cycle before took 100 ms or 101 and not the other`;
}

/** Whether max-bandwidth was set as a cycle ended, so that the one or the next is the first that it limits. */
function limitAtEdge(evidence: CycleEvidence): string {
  const edge = edgeOf(
    evidence,
    ({ cmd, args }) => cmd === "migrate-set-parameters" && args?.["max-bandwidth"] !== undefined,
  );
  return edge === ""
    ? ""
    : `max-bandwidth was set ${edge}: which one is the first that it limits is decided by how late the thread woke before`;
}

/**
 * Whether the host held up a section that has nothing to wait for: what is left of its cycle goes into a second one, which
 * sends until the stream has been written once more, and every cycle after it begins so many pages further on.
 */
function cutSection({ scenario: { parameters, operator }, host: { cutSections } }: CycleEvidence): string {
  const creds = parameters["tls-creds"];
  if (cutSections === 0 || (creds !== undefined && creds !== "")) return "";
  const limits = [parameters["max-bandwidth"] ?? BANDWIDTH];
  for (const { arguments: given } of operator) limits.push(given["max-bandwidth"] ?? 0);
  const pages = Math.max(...limits.map(Number)) / CYCLES_PER_SECOND / PAGE_BYTES;
  // What a cycle's pages take if each comes into memory that the host has yet to find.
  const longest = pages * (COSTS.loadWarmPage + COSTS.hugePage / HUGE_PAGES);
  if (parameters["max-bandwidth"] === 0 || longest >= SECTION_MICROS) return "";
  return `${cutSections} of its RAM sections were cut after 50 ms, where a cycle's pages take ${
    (longest / 1000).toFixed(1)
  } ms at most: what comes after lies some pages further on`;
}

/** Whether as many pages were zero as the guest and the firmware leave, where the guest writes to no other. */
function otherFirmware({ scenario, zeroPages }: CycleEvidence): string {
  const { parameters, profile } = scenario;
  if (zeroPages === null || turnsPages(scenario) || parameters["zero-page-detection"] === "none") return "";
  const more = zeroPages - zeroPagesOf(scenario);
  if (more === 0 || Math.abs(more) > BUILD_PAGES) return "";
  return `${Math.abs(more)} pages ${
    more > 0 ? "more" : "fewer"
  } were zero than its guest and the firmware of ` +
    `${profile} leave: it is another build of SeaBIOS, and the cycle that holds those pages differs`;
}
