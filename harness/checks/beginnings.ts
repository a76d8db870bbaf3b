/**
 * What can be judged of a migration whose beginning the log does not show.
 *
 * @module
 */
import type { Pattern } from "./pattern.ts";
import type { Stream } from "./stream.ts";

/** Whether a pattern keeps account of what came before, so that a log without the beginning says nothing. */
function needsStart(pattern: Pattern): boolean {
  if (pattern.kind === "ledger") {
    return pattern.fromAnywhere !== true && Object.keys(pattern.start()).length > 0;
  }
  return pattern.kind === "order" || pattern.kind === "balance" || pattern.kind === "pairs";
}

/** Whether a pattern looks at single events or neighbours, so that it matters not which migration they are of. */
function isLocal(pattern: Pattern): boolean {
  if (pattern.kind === "ledger") return !needsStart(pattern);
  return pattern.kind === "next" || pattern.kind === "previous" || pattern.kind === "spacing";
}

/** Whether an event that was lost may be what excuses a violation. */
export function mindsGaps(pattern: Pattern): boolean {
  return pattern.kind !== "ledger" || needsStart(pattern) || pattern.end !== undefined;
}

/** Whether a log of which the judge has not seen the beginning of the migration leaves a pattern open. */
export function isCutFor(pattern: Pattern, { fromStart, showsBeginnings }: Stream): boolean {
  return !fromStart && (needsStart(pattern) || (!showsBeginnings && !isLocal(pattern)));
}
