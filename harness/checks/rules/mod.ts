/**
 * All rules.
 *
 * @module
 */
import type { Rule } from "../rule.ts";
import { ACCOUNTING_RULES } from "./accounting.ts";
import { DEVICE_RULES } from "./devices.ts";
import { ENDING_RULES } from "./endings.ts";
import { FAILURE_RULES } from "./failure.ts";
import { ITERATION_RULES } from "./iteration.ts";
import { LIFECYCLE_RULES } from "./lifecycle.ts";
import { PENDING_RULES } from "./pending.ts";
import { REASON_RULES } from "./reasons.ts";
import { REPLY_RULES } from "./replies.ts";
import { STATE_RULES } from "./states.ts";
import { STATISTICS_RULES } from "./statistics.ts";
import { SWITCHOVER_RULES } from "./switchover.ts";
import { THRESHOLD_RULES } from "./threshold.ts";
import { BOTH_SIDES_RULES } from "./both_sides.ts";
import { DESTINATION_RULES } from "./destination.ts";
import { RETURN_PATH_RULES } from "./return_path.ts";
import { WHO_RUNS_RULES } from "./who_runs.ts";
import { MULTIFD_RULES } from "./multifd.ts";
import { THROTTLING_RULES } from "./throttling.ts";
import { PAGE_RULES } from "./pages.ts";
import { POSTCOPY_SOURCE_RULES } from "./postcopy_source.ts";
import { POSTCOPY_DESTINATION_RULES } from "./postcopy_destination.ts";
import { REQUEST_RULES } from "./requests.ts";
import { RECOVERY_RULES } from "./recovery.ts";
import { COLO_RULES } from "./colo.ts";
import { KIND_RULES } from "./kinds.ts";
import { MULTIFD_SYNC_RULES } from "./multifd_sync.ts";
import { DESTINATION_END_RULES } from "./destination_end.ts";
import { TOTAL_RULES } from "./totals.ts";

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
  ...THROTTLING_RULES,
  ...PAGE_RULES,
  ...RETURN_PATH_RULES,
  ...MULTIFD_RULES,
  ...MULTIFD_SYNC_RULES,
  ...POSTCOPY_SOURCE_RULES,
  ...REQUEST_RULES,
  ...RECOVERY_RULES,
  ...COLO_RULES,
  ...KIND_RULES,
  ...DESTINATION_RULES,
  ...DESTINATION_END_RULES,
  ...POSTCOPY_DESTINATION_RULES,
  ...BOTH_SIDES_RULES,
  ...WHO_RUNS_RULES,
  ...ENDING_RULES,
  ...REASON_RULES,
  ...STATISTICS_RULES,
  ...REPLY_RULES,
  ...ACCOUNTING_RULES,
  ...TOTAL_RULES,
];
