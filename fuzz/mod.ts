/**
 * Fuzzing: targets, and what a campaign of them is made of.
 *
 * @module
 */
export { BLOCK, blockOf, Lineage } from "./campaign/guide.ts";
export * from "./campaign/journal.ts";
export * from "./campaign/kinds.ts";
export * from "./campaign/merge.ts";
export * from "./campaign/pulse.ts";
export * from "./campaign/ranges.ts";
export {
  type OpenJournal,
  type Order,
  type Replay,
  type Replayed,
  type Report,
  serve,
  SHRUNK_MAX,
} from "./campaign/serve.ts";
export { shrinkCase, type Shrunk } from "./campaign/shrink.ts";
export * from "./campaign/try_case.ts";
export * from "./target.ts";
export * from "./targets.ts";
