/**
 * The museum: bugs in what is counted, and in what is decided on it.
 *
 * @module
 */
import { BY, type Exhibit } from "./exhibit.ts";

/** Bugs of the figures that `query-migrate` shows. */
export const STATISTICS_BUGS = [
  {
    id: "mbps-of-last-cycle",
    title: "mbps of the last cycle only",
    wrong: "A reply could say completed while mbps was still the last cycle's, not the whole migration's",
    versions: "to 8.2",
    mended: BY("63f64d77f0", "2024-02-26", "migration: Fix qmp_query_migrate mbps value"),
    where: "migration.ts, Migration.computeTotals",
    recreated: "the window between the state and the figure does not close",
  },
  {
    id: "setup-time-in-mbps",
    title: "setup time counted in mbps",
    wrong:
      "mbps was all that was sent over the total time; setup, which sends next to nothing, was part of it",
    versions: "to 2.12",
    mended: BY("6cde6fbe2b", "2018-06-26", "migration: Calculate mbps only during transfer time"),
    where: "migration.ts, Migration.computeTotals",
  },
  {
    id: "expected-downtime-from-dirty-rate",
    title: "expected downtime from the dirty rate",
    wrong:
      "expected-downtime was the dirty rate over the bandwidth: a ratio of rates, not what remains over the bandwidth",
    versions: "to 2.12",
    mended: BY(
      "650af8907b",
      "2018-06-12",
      "migration: calculate expected_downtime with ram_bytes_remaining()",
    ),
    where: "migration.ts, Migration.updateCounters",
  },
  {
    id: "counters-of-cancelled-run",
    title: "counters kept from a cancelled run",
    wrong:
      "The byte counters lived on after a cancel; the next migration's first cycle seemed to have sent them all, and its threshold let it switch over at once",
    versions: "to 4.0",
    mended: BY("87f3bd8717", "2019-08-02", "migration: always initialise ram_counters for a new migration"),
    where: "simulate.ts, Simulation.#migrate; migration.ts, Migration.startCycle",
    recreated: "the bytes of the main stream are kept; in QEMU it was those of multifd",
  },
  {
    id: "period-of-earlier-run",
    title: "the sync's period kept from an earlier run",
    wrong:
      "Start, dirty pages and bytes of the period were static: a second migration began with those of the first",
    versions: "to 2.1",
    mended: BY(
      "6c1b663c4c",
      "2014-03-20",
      "migration: static variables will not be reset at second migration",
    ),
    where: "simulate.ts, Simulation.#migrate; migration.ts, Migration.inheritPeriod",
  },
  {
    id: "total-time-not-told",
    title: "no total-time in the last reply",
    wrong: "The reply of a completed migration lacked total-time, though it had been computed",
    versions: "1.2 to 1.5",
    mended: BY("00c14997cb", "2013-07-19", 'migration: send total time in QMP at "completed" stage'),
    where: "query_migrate.ts, queryMigrate",
  },
  {
    id: "zero-page-counted-whole",
    title: "a zero page counted as a whole page",
    wrong:
      "A page of which one byte is sent was accounted with its full size; bandwidth and downtime came out too good",
    versions: "to 0.12",
    mended: BY("3fc250b4be", "2010-05-12", "migration: Fix calculation of bytes_transferred"),
    where: "migration_thread.ts, MigrationThread.sendRam",
  },
  {
    id: "pages-counted-twice",
    title: "pages counted in two places",
    wrong: "Zero and normal pages were counted by the transport and again by the caller",
    versions: "to 8.1, with RDMA",
    mended: BY(
      "19df4f3226",
      "2023-05-15",
      "migration/RDMA: It is accounting for zero/normal pages in two places",
    ),
    where: "migration_thread.ts, MigrationThread.sendRam",
    recreated: "without RDMA, and for zero pages only",
  },
  {
    id: "first-sync-counts-all",
    title: "all of RAM counted as dirty in the first sync",
    wrong:
      "The first sync counted pages that were already marked, so the whole guest seemed dirtied in the first period: a wrong dirty rate, and throttling without need",
    versions: "2.9 to 5.0",
    mended: BY("fb6135807f", "2020-06-22", "migration: Count new_dirty instead of real_dirty"),
    where: "migration.ts, Migration.syncBitmap",
  },
  {
    id: "bandwidth-without-remainder",
    title: "bandwidth without its fraction",
    wrong:
      "Bytes were divided by milliseconds as integers, and the threshold computed from what was left of it",
    versions: "to 2.4",
    mended: BY("a694ee343d", "2015-01-26", "migration: do floating-point division"),
    where: "migration.ts, Migration.updateCounters",
  },
  {
    id: "sleep-not-in-bandwidth",
    title: "time asleep left out of the bandwidth",
    wrong:
      "The time that the rate limit slept was taken off the cycle; the bandwidth came out as high as the limit had prevented, and a cycle of nothing but sleep divided by zero",
    versions: "1.5 before its release",
    mended: BY(
      "77417f1070",
      "2013-05-16",
      'Revert "migration: don\'t account sleep time for calculating bandwidth"',
    ),
    where: "migration.ts, Migration.updateCounters",
    recreated: "a cycle has at least one millisecond",
  },
  {
    id: "cache-miss-rate-above-one",
    title: "a cache miss rate above 1",
    wrong:
      "Misses were counted by target page and looks by host page: 512 misses in one look, a rate of 51200 %",
    versions: "to 3.0",
    mended: BY("be8b02edae", "2018-09-03", "migration: fix calculating xbzrle_counters.cache_miss_rate"),
    where: "xbzrle.ts, Xbzrle.periodEnds",
    recreated: "all RAM counts as being in pages of 2 MiB",
  },
  {
    id: "cache-miss-rate-not-a-number",
    title: "a division by zero in the reply",
    wrong:
      "A period without a page gave a miss rate of -nan, which is no JSON: libvirt could not read the reply",
    versions: "to 2.3",
    mended: BY("27ff42e29a", "2015-04-15", "migration: avoid divide by zero in xbzrle cache miss rate"),
    where: "xbzrle.ts, Xbzrle.periodEnds",
  },
] as const satisfies readonly Exhibit[];

/** Bugs of the decision to switch over, and of the one to throttle the guest. */
export const DECISION_BUGS = [
  {
    id: "exact-without-sync",
    title: "an exact count without a sync",
    wrong: "The exact count asked the helper of the estimate, so the guest's latest writes were not in it",
    versions: "8.0 before its release",
    mended: BY("e264705012", "2023-02-09", "migration: I messed state_pending_exact/estimate"),
    where: "migration_thread.ts, MigrationThread.#iterate",
  },
  {
    id: "exact-at-every-pass",
    title: "an exact count at every pass",
    wrong: "What must go in precopy read as 0, so every pass asked for the exact count, a sync each time",
    versions: "8.0 to 8.2, with postcopy-ram",
    mended: BY("910c164736", "2024-03-20", "migration/postcopy: Fix high frequency sync"),
    where: "migration_thread.ts, MigrationThread.#iterate",
    recreated: "without the capability",
  },
  {
    id: "pending-called-postcopy",
    title: "RAM counted for a postcopy that is not on",
    wrong: "Pending RAM was reported as postcopy's although postcopy-ram was off",
    versions: "to 2.10",
    mended: BY("86e1167e9a", "2017-07-10", "migration: fix ram_save_pending"),
    where: "pending_query.ts, tracePending",
    recreated: "the amount that decides is not touched",
  },
  {
    id: "holes-counted-dirty",
    title: "holes between RAMBlocks counted as dirty",
    wrong:
      "The count of dirty pages began with the size of the address space, holes of unplugged devices included; it never came to zero, and the migration never converged",
    versions: "to 2.0",
    mended: BY("e30d1d8c71", "2014-03-27", "Count used RAMBlock pages for migration_dirty_pages"),
    where: "migration.ts, Migration.pendingBytes",
    recreated: "a hole of 256 pages in any guest",
  },
  {
    id: "throttle-after-three",
    title: "throttle after three periods instead of two",
    wrong:
      "The count of periods that outran the link was compared before it was raised, so a third one was needed",
    versions: "2.5 to 2.9",
    mended: BY("b4a3c64b16", "2017-05-24", "migration: use dirty_rate_high_cnt more aggressively"),
    where: "throttle.ts, Throttle.periodEnds",
  },
  {
    id: "throttle-timer-rearmed",
    title: "each throttle step lets the guest go first",
    wrong:
      "Setting the percentage started the timer anew, so the next sleep came a whole tick later: at 99 % the guest ran a second at full speed after each step, and the migration did not converge",
    versions: "to 5.2",
    mended: BY("33c38f8ca1", "2020-12-31", "cpu-throttle: Remove timer_mod() from cpu_throttle_set()"),
    where: "throttle.ts, Throttle.#slowDown; guest.ts, Guest.setThrottle",
  },
  {
    id: "throttle-without-transfer",
    title: "the first period seems to have sent nothing",
    wrong:
      "The first period's bytes were computed as if none had been sent, so it always counted as too dirty",
    versions: "to 2.9",
    mended: BY("9884db2814", "2017-05-24", "migration: keep bytes_xfer_prev init'd to zero"),
    where: "migration.ts, Migration.#endPeriod",
  },
] as const satisfies readonly Exhibit[];
