/**
 * All rules.
 *
 * @module
 */
import type { Rule } from "../rule.ts";
import { ACCOUNTING_RULES } from "./accounting.ts";
import { DEVICE_RULES } from "./devices.ts";
import { FAILURE_RULES } from "./failure.ts";
import { ITERATION_RULES } from "./iteration.ts";
import { LIFECYCLE_RULES } from "./lifecycle.ts";
import { PENDING_RULES } from "./pending.ts";
import { STATE_RULES } from "./states.ts";
import { STATISTICS_RULES } from "./statistics.ts";
import { SWITCHOVER_RULES } from "./switchover.ts";
import { THRESHOLD_RULES } from "./threshold.ts";

/** Every rule, in the order of reports. */
export const RULES: readonly Rule[] = [
  ...STATE_RULES,
  ...LIFECYCLE_RULES,
  ...FAILURE_RULES,
  ...ITERATION_RULES,
  ...PENDING_RULES,
  ...THRESHOLD_RULES,
  ...SWITCHOVER_RULES,
  ...DEVICE_RULES,
  ...STATISTICS_RULES,
  ...ACCOUNTING_RULES,
];
