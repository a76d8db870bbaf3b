/**
 * Reports: a judged run as a screen for people and as a document for programs.
 *
 * @module
 */
export * from "./annotations.ts";
export * from "./document.ts";
export * from "./evidence.ts";
export * from "./figures.ts";
export * from "./junit.ts";
export * from "./paint.ts";
export * from "./sarif.ts";
export * from "./screen.ts";
export { runPage, type RunPageInput } from "./page/run_page.ts";
export { type Timeline, timelineOf, TimelineRecorder } from "./timeline.ts";
export * from "./sweep_result.ts";
export { sweepPage } from "./page/sweep_page.ts";
export {
  type ComparedFigure,
  type ComparedRun,
  compareFigures,
  comparePage,
  differingRules,
} from "./page/compare_page.ts";
