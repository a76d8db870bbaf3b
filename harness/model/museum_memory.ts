/**
 * The museum: bugs in how RAM is sent.
 *
 * @module
 */
import { BY, type Exhibit } from "./exhibit.ts";

/** Bugs of the rate limit. */
export const LIMIT_BUGS = [
  {
    id: "limit-per-host-page",
    title: "no rate limit inside a huge page",
    wrong:
      "The limit was tested between host pages only: with huge pages a cycle ran over it by a page of 2 MiB or 1 GiB",
    versions: "2.9 to 4.2",
    mended: BY("97e1e06780", "2019-12-05", "migration: Rate limit inside host pages"),
    where: "faulty_stats.ts, HostPageStats",
    recreated: "all RAM counts as being in pages of 2 MiB",
  },
  {
    id: "limit-at-equality",
    title: "off by one at the limit",
    wrong:
      "The limit was compared on the wrong side of equality: at exactly the limit the two sides differ by one buffer",
    versions: "to 1.3",
    mended: BY("1e973051b9", "2012-12-20", "migration: fix off-by-one in buffered_rate_limit"),
    where: "faulty_stats.ts, EqualityStats",
    recreated:
      "mirrored: then equality had to stop and did not; since 8.1 it must not stop, and here it does",
  },
  {
    id: "limit-per-second",
    title: "a limit per second used per cycle",
    wrong:
      "max-bandwidth is in bytes a second and the limit in bytes a cycle of 100 ms; every caller had to divide, and one that does not sends ten times as fast",
    versions: "to 8.0",
    mended: BY("9d3ebbe217", "2023-05-08", "migration: We set the rate_limit by a second"),
    where: "operator.ts, setParameters",
    recreated: "the commit took the trap away; which caller ever fell into it is not told",
  },
  {
    id: "completion-rate-limited",
    title: "completion under a rate limit",
    wrong:
      "The limit was not lifted for the switchover but set to 2 GiB; a larger guest slept in its own downtime",
    versions: "to 1.7",
    mended: BY("40596834c0", "2013-11-25", "migration: Fix rate limit"),
    where: "completion.ts, saveRam",
    recreated: "the limit of the cycles stays in force, so that a small guest shows it",
  },
] as const satisfies readonly Exhibit[];

/** Bugs of the dirty bitmap and the pages. */
export const RAM_BUGS = [
  {
    id: "zero-pages-skipped",
    title: "zero pages not sent in the first pass",
    wrong:
      "Pages that were zero were not sent in the first pass; where the destination's were not, they stayed so",
    versions: "1.5.0 to 1.5.2",
    mended: BY("9ef051e553", "2013-06-10", 'Revert "migration: do not sent zero pages in bulk stage"'),
    where: "ram.ts, Ram.start",
    recreated: "their dirty bits are never set",
  },
  {
    id: "first-page-not-marked",
    title: "off by one in the dirty bitmap",
    wrong:
      "Every bit but the first was set when the bitmap was made, so page 0 went only if the guest wrote it again",
    versions: "1.3",
    mended: BY("7ec81e56ed", "2012-12-04", "Fix off-by-1 error in RAM migration code"),
    where: "ram.ts, Ram.start",
  },
  {
    id: "bitmap-not-refilled",
    title: "a second migration begins with the first one's bitmap",
    wrong:
      "After a cancel the next migration did not mark all pages again; those already sent were never sent anew",
    versions: "to 4.0",
    mended: BY("40c4d4a835", "2019-07-14", "migration: always initial RAMBlock.bmap to 1 for new migration"),
    where: "ram.ts, Ram.start",
    recreated: "only what the guest wrote is marked",
  },
  {
    id: "writes-lost-after-sync",
    title: "writes go past the dirty log",
    wrong:
      "A sync cleared bits and left TCG's fast way to those pages open: later writes to them were not logged, and the destination got stale memory",
    versions: "2.0 to 8.2, under TCG",
    mended: BY(
      "03bfc2188f",
      "2024-03-12",
      "physmem: Fix migration dirty bitmap coherency with TCG memory access",
    ),
    where: "ram.ts, Ram.sync",
    recreated: "the fast way stays open to the end of the migration",
  },
] as const satisfies readonly Exhibit[];

/** Bugs of the channels of multifd. */
export const MULTIFD_BUGS = [
  {
    id: "multifd-without-limit",
    title: "the channels know no rate limit",
    wrong:
      "Bytes of the channels were not held against max-bandwidth, so multifd sent as fast as the wire would carry",
    versions: "to 4.0",
    mended: BY("1b81c974cc", "2019-07-30", "migration: add speed limit for multifd migration"),
    where: "faulty_stats.ts, MainStreamStats",
  },
  {
    id: "multifd-sync-not-counted",
    title: "sync packets are not counted",
    wrong: "The packets by which the channels sync were sent and not accounted",
    versions: "to 4.0",
    mended: BY("81507f6b7e", "2019-07-30", "migration: update ram_counters for multifd sync packet"),
    where: "multifd_send.ts, countedBytes",
  },
  {
    id: "multifd-header-not-counted",
    title: "packet headers are not counted",
    wrong: "Only the pages of a packet were accounted, not its header with the offsets",
    versions: "8.1",
    mended: BY("68b6e00048", "2023-10-11", "multifd: fix counters in multifd_send_thread"),
    where: "multifd_send.ts, countedBytes",
  },
  {
    id: "multifd-size-left-over",
    title: "a sync packet has the size of the one before",
    wrong: "A packet without pages kept the length of the pages before it, and was accounted with it",
    versions: "to 8.1",
    mended: BY("1618f55221", "2023-10-11", "multifd: reset next_packet_len after sending pages"),
    where: "multifd_send.ts, SendChannel.#sendSync",
  },
  {
    id: "multifd-number-assigned-twice",
    title: "two packets of one number",
    wrong:
      "A packet's number was assigned when it was asked for; a sync that was asked for before the packet was filled overwrote it",
    versions: "to 8.2",
    mended: BY("98ea497d8b", "2024-02-02", "migration/multifd: Fix MultiFDSendParams.packet_num race"),
    where: "multifd_send.ts, SendChannel.#fill",
    recreated: "the race is lost each time: a sync always has the number of the packet before it",
  },
] as const satisfies readonly Exhibit[];
