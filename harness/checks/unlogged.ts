/**
 * Violations that only an event which was switched off would make: the rule says nothing then.
 *
 * A line may be lost, and that is a violation. Where a log has the one event again and again and never the other that
 * belongs to each of them, the other was switched off.
 *
 * @module
 */
import type { Pattern } from "./pattern.ts";
import type { Rule } from "./rule.ts";
import { resolve, type Selector, showSelector } from "./select.ts";
import type { Binding } from "./binding.ts";
import type { Stream } from "./stream.ts";

/**
 * Why a violation says nothing: the rule needs an event that the log cannot have. Empty unless so.
 *
 * @param streams The logs that the rule is judged on.
 */
export function restsOnUnlogged(rule: Rule, binding: Binding, streams: readonly Stream[]): string {
  const missing = lackedBy(rule, binding, streams) ?? neverSeen(rule, binding, streams);
  return missing === undefined
    ? ""
    : `${showSelector(missing)} is not in the log at all: it was switched off`;
}

/** Whether events that are in the log break the pattern, whatever is not. */
function restsOnSeen(pattern: Pattern): boolean {
  // An order may be broken by two of its steps, whatever the others; it asks the log about each.
  if (pattern.kind === "order") return true;
  if (pattern.kind === "never-after") return pattern.until === undefined;
  // Without a state a ledger looks at one event at a time.
  return pattern.kind === "ledger" && pattern.end === undefined && Object.keys(pattern.start()).length === 0;
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
