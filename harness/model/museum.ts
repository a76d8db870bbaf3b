/**
 * The museum: bugs that QEMU's migration once had, each as a switch of the model.
 *
 * They prove that the checks can fail: `simulate(scenario, { bugs: ["mbps-of-last-cycle"] })` gives the run that QEMU
 * would have given with the bug in it, and a rule must object. A scenario cannot switch one on, and without any the
 * model runs as if the museum were not there.
 *
 * A bug is re-created by what a trace or a reply shows of it. Where today's code has no place for the historical
 * mistake, `recreated` says how its effect was put into the model.
 *
 * @module
 */
import { COURSE_BUGS } from "./museum_course.ts";
import { DECISION_BUGS, STATISTICS_BUGS } from "./museum_figures.ts";
import { LIMIT_BUGS, MULTIFD_BUGS, RAM_BUGS } from "./museum_memory.ts";

/** Every bug, by the part of the migration that it was in. */
export const MUSEUM = [
  ...STATISTICS_BUGS,
  ...DECISION_BUGS,
  ...LIMIT_BUGS,
  ...RAM_BUGS,
  ...MULTIFD_BUGS,
  ...COURSE_BUGS,
] as const;

/** The name of a bug's switch. */
export type BugId = typeof MUSEUM[number]["id"];
