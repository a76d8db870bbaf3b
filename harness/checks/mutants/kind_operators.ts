/**
 * Operators on kinds of migration that not every run shows, and on replies.
 *
 * @module
 */
import { named } from "./edit.ts";
import { changes, deletes, exchanges, hasCompleted, type Operator, repeats, replies } from "./operator.ts";
import { checkpoint, hasRam, isDone, ram, state } from "./picks.ts";

/** Operators on the kinds of migration that not every run shows. */
export const KINDS_OPERATORS: readonly Operator[] = [
  deletes(
    "lose a multifd packet",
    "packets arrive",
    "destination",
    named("multifd_recv_unfill"),
    hasCompleted,
  ),
  changes(
    "a packet number twice",
    "packets are numbered once",
    "source",
    named("multifd_send_fill"),
    "packet_num",
    -1,
    hasCompleted,
  ),
  changes(
    "a channel that miscounts",
    "a channel counts its packets",
    "source",
    named("multifd_send_thread_end"),
    "packets",
    1,
    hasCompleted,
  ),
  exchanges(
    "signal channels out of order",
    "channels are signalled in order",
    "source",
    named("multifd_send_sync_main_signal", { id: 0 }),
    named("multifd_send_sync_main_signal", { id: 1 }),
  ),
  changes(
    "a packet with too many pages",
    "a packet has at most 128 pages",
    "source",
    named("multifd_send_ram_fill"),
    "normal",
    200,
  ),
  changes(
    "a request count off by one",
    "requests are counted",
    "destination",
    named("postcopy_page_req_add"),
    "count",
    1,
  ),
  repeats("place a page twice", "a page is placed once", "destination", named("postcopy_place_page")),
  changes(
    "a discard that miscounts",
    "discards are counted",
    "source",
    named("postcopy_discard_send_finish"),
    "nwords",
    1,
  ),
  exchanges(
    "run before listening",
    "the package tells to listen, then to run",
    "source",
    named("savevm_send_postcopy_listen"),
    named("savevm_send_postcopy_run"),
  ),
  changes(
    "half a package",
    "the package is received whole",
    "destination",
    named("loadvm_handle_cmd_packaged_received"),
    "ret",
    -1,
  ),
  deletes(
    "drop a page request",
    "requests arrive",
    "source",
    named("migrate_handle_rp_req_pages"),
    (run) => !run.source.some(state("postcopy-paused")),
  ),
  repeats(
    "clear a chunk twice",
    "a chunk is cleared once a round",
    "source",
    named("migration_bitmap_clear_dirty"),
  ),
];

/** Operators on the replies to `query-migrate`. */
export const REPLIES_OPERATORS: readonly Operator[] = [
  replies(
    "transferred falls",
    "counters never fall",
    hasRam,
    (reply) => void (ram(reply)["transferred"] = -1),
    "last",
    "replies from after the end of a log that breaks off are not judged",
  ),
  replies("normal-bytes off by one", "normal-bytes is normal pages", hasRam, (reply) => {
    ram(reply)["normal-bytes"] = (ram(reply)["normal-bytes"] ?? 0) + 1;
  }, "any"),
  replies("remaining above the total", "no more is left than there is", hasRam, (reply) => {
    ram(reply)["remaining"] = (ram(reply)["total"] ?? 0) + 4096;
  }, "any"),
  replies("both downtimes", "one downtime is told", hasRam, (reply) => {
    reply["downtime"] = 1;
    reply["expected-downtime"] = 1;
  }, "any"),
  replies(
    "mbps of the last cycle",
    "mbps is the average",
    (reply) => isDone(reply) && (ram(reply)["mbps"] ?? 0) > 0,
    (reply) => {
      ram(reply)["mbps"] = (ram(reply)["mbps"] ?? 0) * 1.1;
    },
    "last",
    "7.2 averages otherwise, and the facts do not say how",
  ),
  replies("a sync too many", "dirty-sync-count counts syncs", isDone, (reply) => {
    ram(reply)["dirty-sync-count"] = (ram(reply)["dirty-sync-count"] ?? 0) + 1;
  }),
  replies(
    "a downtime that is not the checkpoints'",
    "the downtime is between the checkpoints",
    (reply, run) => isDone(reply) && run.source.some(checkpoint("src-downtime-end")),
    (reply) => void (reply["downtime"] = Number(reply["downtime"]) + 50),
  ),
  replies(
    "something remains on completion",
    "nothing remains",
    isDone,
    (reply) => void (ram(reply)["remaining"] = 4096),
  ),
  replies(
    "not a number",
    "rates are numbers",
    hasRam,
    (reply) => void (ram(reply)["mbps"] = Infinity),
    "any",
  ),
];
