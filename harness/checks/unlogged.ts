/**
 * Violations that only an event which was switched off would make: the rule says nothing then.
 *
 * A line may be lost, and that is a violation. Where a log has the one event again and again and never the other that
 * belongs to each of them, the other was switched off. And where nothing says which events are on, whatever could
 * excuse a violation must be somewhere in the log: people pick events one by one.
 *
 * @module
 */
import type { Binding } from "./binding.ts";
import type { Coverage } from "./coverage.ts";
import type { Pattern } from "./pattern.ts";
import type { Rule } from "./rule.ts";
import { resolve, type Selector, showSelector } from "./select.ts";
import type { Stream } from "./stream.ts";

/** Why a rule cannot be judged, and for want of which events. */
export interface Doubt {
  readonly reason: string;
  /** By name: events that are nowhere in the log, and would decide. */
  readonly absent: readonly string[];
}

/** Kinds of events that a reason names. */
const NAMED_MAX = 3;

/** What events that are nowhere in the log leave open. */
export function doubtFor(selector: Selector, { isTold, torn }: Coverage): Doubt {
  const absent = [...new Set(selector.map(({ event }) => event))];
  const few = selector.length > NAMED_MAX ? absent.slice(0, NAMED_MAX).join(", ") : showSelector(selector);
  const what = absent.length > NAMED_MAX ? `${few} or ${absent.length - NAMED_MAX} others` : few;
  const because = isTold
    ? "it may have been switched off"
    : "it was not switched on, or never came (--events FILE says which are on)";
  const why = torn > 0 ? "it may be among the lines that cannot be read" : because;
  return { reason: `${what} is not in the log at all: ${why}`, absent };
}

/**
 * Why a violation says nothing: the rule needs an event that the log cannot have. Undefined unless so.
 *
 * @param streams The logs that the rule is judged on.
 */
export function restsOnUnlogged(
  rule: Rule,
  binding: Binding,
  streams: readonly Stream[],
): Doubt | undefined {
  const gap = rule.side === "both" ? streams.find(({ damage }) => damage.anywhere !== undefined) : undefined;
  if (gap !== undefined) return gap.damage.anywhere;
  const missing = lackedBy(rule, binding, streams) ?? neverSeen(rule, binding, streams);
  if (missing !== undefined) {
    const reason = `${showSelector(missing)} is not in the log at all: it was switched off`;
    return { reason, absent: missing.map(({ event }) => event) };
  }
  for (const { selector, side } of excusesOf(rule.pattern, binding)) {
    for (const { side: own, coverage, catalog } of streams) {
      if (coverage.isTold || (side !== undefined && side !== own)) continue;
      const absent = selector.filter((one) => coverage.isMissing(resolve([one], [], catalog)));
      if (absent.length > 0) return doubtFor(absent, coverage);
    }
  }
  return undefined;
}

/** What would make a violation none, had it come and not been logged. */
function excusesOf(
  pattern: Pattern,
  { check }: Binding,
): readonly { readonly selector: Selector; readonly side?: Stream["side"] }[] {
  switch (pattern.kind) {
    case "order":
    case "states":
    case "spacing":
      // The first looks at what came in the wrong order, and asks the log about what did not come; the others look
      // at one kind of event.
      return [];
    case "count":
      return pattern.per === undefined ? [] : [{ selector: pattern.per }];
    case "never-after":
      return pattern.until === undefined ? [] : [{ selector: pattern.until }];
    case "between":
      return [{ selector: pattern.open }];
    case "next":
      return [{ selector: pattern.next }];
    case "previous":
      return [{ selector: pattern.previous }];
    case "ledger":
      return restsOnSeen(pattern) ? [] : check?.slots() ?? [];
    default:
      return check?.slots() ?? [];
  }
}

/** Whether events that are in the log break the pattern, whatever is not. */
function restsOnSeen(pattern: Pattern): boolean {
  // An order may be broken by two of its steps, whatever the others; it asks the log about each.
  if (pattern.kind === "order") return true;
  if (pattern.kind === "never-after") return pattern.until === undefined;
  // Without a state a ledger looks at one event at a time.
  return pattern.kind === "ledger" &&
    (pattern.restsOnSeen === true ||
      (pattern.end === undefined && Object.keys(pattern.start()).length === 0));
}

/** A selector of which the log shows that it must have come. */
function lackedBy({ pattern }: Rule, { check }: Binding, streams: readonly Stream[]): Selector | undefined {
  if (check === undefined || restsOnSeen(pattern)) return undefined;
  const asked = pattern.kind === "next" ? [{ selector: pattern.next, side: undefined }] : [];
  return [...check.slots(), ...asked].find(({ selector, side }) =>
    streams.some((stream) =>
      (side === undefined || side === stream.side) &&
      stream.coverage.lacks(resolve(selector, [], stream.catalog))
    )
  )?.selector;
}

/** What belongs to an event that came more than once, and never came itself. */
function neverSeen({ pattern }: Rule, { check, violations }: Binding, streams: readonly Stream[]) {
  const countOf = (selector: Selector, side?: Stream["side"]): number =>
    streams.filter((stream) => side === undefined || side === stream.side)
      .reduce((sum, { coverage, catalog }) => sum + coverage.countOf(resolve(selector, [], catalog)), 0);
  switch (pattern.kind) {
    case "alternates":
    case "nested":
    case "pairs":
    case "balance": {
      const slots = check?.slots() ?? [];
      const isRepeated = slots.some(({ selector, side }) => countOf(selector, side) > 1);
      const isOff = (selector: Selector, side?: Stream["side"]) =>
        streams.some(({ side: own, coverage, catalog }) =>
          (side === undefined || side === own) && coverage.isWithout(resolve(selector, [], catalog))
        );
      return slots.find(({ selector, side }) =>
        isRepeated ? countOf(selector, side) === 0 : isOff(selector, side)
      )?.selector;
    }
    case "answered":
      return countOf(pattern.first) > 1 && countOf(pattern.then) === 0 ? pattern.then : undefined;
    case "next":
      return violations > 1 && countOf(pattern.next) === 0 ? pattern.next : undefined;
    case "previous":
      return violations > 1 && countOf(pattern.previous) === 0 ? pattern.previous : undefined;
    case "never-after": {
      const { until } = pattern;
      const wouldShow = streams.every(({ coverage, catalog }) =>
        until === undefined || coverage.wouldShow(resolve(until, [], catalog))
      );
      return wouldShow ? undefined : until;
    }
    default:
      return undefined;
  }
}
