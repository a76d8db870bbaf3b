/**
 * The museum: bugs in the course of a migration: states, their order, and who runs the guest in the end.
 *
 * @module
 */
import { BY, type Exhibit } from "./exhibit.ts";

/** Bugs of states, threads and sides. */
export const COURSE_BUGS = [
  {
    id: "failed-while-cancelling",
    title: "failed in the place of cancelled",
    wrong:
      "A cancel breaks the stream; the thread took the broken stream for a failure and overwrote cancelling",
    versions: "3.0 to 3.1",
    mended: BY("c3c5eae6ac", "2019-02-19", "migration: Fix cancel state"),
    where: "migration_thread.ts, MigrationThread.#loop",
  },
  {
    id: "cancelled-after-completed",
    title: "a completed migration is cancelled",
    wrong:
      "Between completed and the end of its thread a migration could still be cancelled, with the guest gone already",
    versions: "to 1.7",
    mended: BY("6f2b811a61", "2013-11-07", "avoid a bogus COMPLETED->CANCELLED transition"),
    where: "operator.ts, cancelMigration",
  },
  {
    id: "completed-before-the-end",
    title: "completed before it is",
    wrong:
      "The event came before the destination had said that it was done; libvirt went ahead and met the rest of it",
    versions: "2.4",
    mended: BY("ed1f3e0090", "2015-10-13", "Migration: Generate the completed event only when we complete"),
    where: "completion.ts, completePrecopy",
  },
  {
    id: "downtime-ended-twice",
    title: "the downtime ends twice",
    wrong:
      "src-downtime-end was traced at every call, so whoever measured with it got the time to the very end",
    versions: "8.2 to 9.2, in postcopy",
    mended: BY("ef8b820567", "2025-01-29", "migration: Avoid two src-downtime-end tracepoints for postcopy"),
    where: "completion.ts, completePrecopy",
    recreated: "in precopy",
  },
  {
    id: "notified-twice",
    title: "devices are told twice that it is done",
    wrong: "Notifiers were called with done at the switchover and again at the cleanup",
    versions: "9.0 to 10.2, in postcopy",
    mended: BY("2bce143a7c", "2026-01-26", "migration: Fix double notification of DONE/FAIL for postcopy"),
    where: "operator.ts, cleanUp",
    recreated: "in precopy",
  },
  {
    id: "paused-by-cancel",
    title: "a cancel in pre-switchover leaves the guest paused",
    wrong:
      "The cancel did not wake the thread that waited for migrate-continue; the guest stayed stopped for good",
    versions: "2.11 to 4.2",
    mended: BY("8958338b10", "2020-01-14", "migration: Maybe VM is paused when migration is cancelled"),
    where: "operator.ts, cancelMigration",
  },
  {
    id: "started-though-paused",
    title: "a failed migration starts a paused guest",
    wrong: "After a failure the guest was started, whether it had run before or not",
    versions: "to 0.10",
    mended: BY(
      "eeb34af986",
      "2009-07-09",
      "Make sure to only vm_start() a failed migration if we were running to begin with.",
    ),
    where: "migration_thread.ts, MigrationThread.#finish",
  },
  {
    id: "disks-not-reactivated",
    title: "the guest runs on without its disks",
    wrong:
      "A cancel after the disks were given up did not take them back; the guest's next write ended the process",
    versions: "to 2.8",
    mended: BY(
      "1d2acc3162",
      "2017-01-24",
      "migration: re-active images while migration been canceled after inactive them",
    ),
    where: "migration_thread.ts, MigrationThread.#finish",
  },
  {
    id: "return-path-not-joined",
    title: "the return path's thread is not waited for",
    wrong:
      "The thread could find the return path gone and go on without joining its reader, then free what it used",
    versions: "to 6.0",
    mended: BY("53021ea165", "2021-07-22", "migration: Fix missing join() of rp_thread"),
    where: "completion.ts, closeReturnPath",
    recreated: "it never waits",
  },
  {
    id: "footer-of-own-id",
    title: "the footer is compared with the wrong section id",
    wrong:
      "The id in a section's footer was compared with the destination's own number of the device, not the stream's",
    versions: "2.4 before its release",
    mended: BY("59f39a4741", "2015-07-02", "check_section_footers: Check the correct section_id"),
    where: "destination.ts, Destination.#device",
    recreated: "the destination numbers sections as they arrive",
  },
  {
    id: "cancel-waits-for-socket",
    title: "a cancel waits for a dead network",
    wrong:
      "The cancel set the state but did not shut the socket down, so a thread in a write stayed there for minutes",
    versions: "to 2.2",
    mended: BY("a26ba26e21", "2015-01-08", "migration_cancel: shutdown migration socket"),
    where: "operator.ts, cancelMigration",
  },
] as const satisfies readonly Exhibit[];
