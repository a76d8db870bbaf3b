/**
 * Physics that a model cannot know, as in calibration.ts: how far the migration thread gets ahead of multifd's channels.
 *
 * @module
 */
/**
 * multifd: packets that are handed over and not yet written when a cycle's limit is passed, in percent of the channels:
 * quantiles of the 115 cycles of the later passes of multifd-8ch-slow in both versions, whose limit is eight packets.
 * Nothing but the scheduler decides it: two runs of one case differ as much as two cycles of one run.
 */
export const MULTIFD_LEAD: readonly (readonly [share: number, percent: number])[] = [
  [0, 13],
  [0.1, 13],
  [0.23, 25],
  [0.3, 38],
  [0.4, 50],
  [0.53, 63],
  [0.68, 75],
  [0.87, 88],
  [1, 100],
];

/**
 * The same of 103 cycles of the first passes of all recordings with four and with eight channels: the destination's
 * threads touch their memory for the first time, which takes ten times as long, and all or none are ahead.
 */
export const MULTIFD_LEAD_FIRST_PASS: readonly (readonly [share: number, percent: number])[] = [
  [0, 0],
  [0.43, 0],
  [0.48, 25],
  [0.52, 62],
  [0.6, 88],
  [0.6, 100],
  [1, 100],
];

/** The same of 27 cycles of first passes with two channels and a limit of five packets (two-in-a-row-multifd of both versions). */
export const MULTIFD_LEAD_FIRST_OF_TWO: readonly (readonly [share: number, percent: number])[] = [
  [0, 0],
  [0.33, 0],
  [0.33, 50],
  [0.37, 50],
  [0.37, 100],
  [1, 100],
];

/** The same of the 176 cycles with two channels, and a limit of five or eight packets: 0, 1 and 2 packets. */
export const MULTIFD_LEAD_OF_TWO: readonly (readonly [share: number, percent: number])[] = [
  [0, 0],
  [0.028, 0],
  [0.028, 50],
  [0.364, 50],
  [0.364, 100],
  [1, 100],
];

/**
 * The same of 137 cycles of 11 to 60 packets, of either kind of pass, with three to sixteen channels: 17 recordings of both
 * versions whose limit is 55 to 250 MiB a second, 15 of them made beside other work of the host.
 */
export const MULTIFD_LEAD_OF_LONG: readonly (readonly [share: number, percent: number])[] = [
  [0, 0],
  [0.044, 0],
  [0.066, 15],
  [0.125, 30],
  [0.24, 60],
  [0.39, 83],
  [0.39, 100],
  [1, 100],
];
