/**
 * One evaluator per kind of pattern.
 *
 * @module
 */
import type { Check, Host } from "../check.ts";
import type { Pattern } from "../pattern.ts";
import { CountCheck, SpacingCheck, StatesCheck } from "./counting.ts";
import { LedgerCheck } from "./ledger.ts";
import { AlternatesCheck, BetweenCheck, NestedCheck, NeverAfterCheck, OrderCheck } from "./ordering.ts";
import { AnsweredCheck, BalanceCheck, NextCheck, PreviousCheck } from "./pairing.ts";
import { PairsCheck } from "./pairs.ts";

/** Makes the evaluator of a pattern. */
export function makeCheck(pattern: Pattern, host: Host): Check {
  switch (pattern.kind) {
    case "order":
      return new OrderCheck(host, pattern);
    case "alternates":
      return new AlternatesCheck(host, pattern);
    case "nested":
      return new NestedCheck(host, pattern);
    case "count":
      return new CountCheck(host, pattern);
    case "never-after":
      return new NeverAfterCheck(host, pattern);
    case "between":
      return new BetweenCheck(host, pattern);
    case "answered":
      return new AnsweredCheck(host, pattern);
    case "balance":
      return new BalanceCheck(host, pattern);
    case "next":
      return new NextCheck(host, pattern);
    case "previous":
      return new PreviousCheck(host, pattern);
    case "states":
      return new StatesCheck(host, pattern);
    case "spacing":
      return new SpacingCheck(host, pattern);
    case "pairs":
      return new PairsCheck(host, pattern);
    case "ledger":
      return new LedgerCheck(host, pattern);
  }
}

export { type AnyStep, LedgerCheck } from "./ledger.ts";
export { PairsCheck } from "./pairs.ts";
