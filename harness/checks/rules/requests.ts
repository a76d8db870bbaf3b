/**
 * Page requests in postcopy: asked on the destination, queued and sent by the source, placed on the destination.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";
import { state } from "./words.ts";

const POSTCOPY_RAM_C = "QEMU migration/postcopy-ram.c";
const RAM_C = "QEMU migration/ram.c";
const ADD = on("postcopy_page_req_add");
const DEL = on("postcopy_page_req_del");
const PLACE = on("postcopy_place_page");
const PLACE_ZERO = on("postcopy_place_page_zero");
const HANDLE = on("migrate_handle_rp_req_pages");
const QUEUE = on("ram_save_queue_pages");

/** Addresses that one ledger remembers; beyond that it judges no further, rather than grow. */
const ADDRESSES_MAX = 1 << 20;

export const REQUEST_RULES: readonly Rule[] = [
  {
    id: "request-added-then-served",
    claim: "A page is asked for, and taken off the list when it has come: in turn, per page",
    why: "A page that is asked for twice, or taken off unasked, confuses the count that ends the migration",
    source: `${POSTCOPY_RAM_C}, migrate_send_rp_req_pages(); facts/postcopy-colo-cpr.md 11 R52`,
    facts: ["postcopy R52"],
    category: "ordering",
    side: "destination",
    pattern: { kind: "alternates", first: ADD, second: DEL, key: ["addr", "addr"] },
  },
  {
    id: "request-count-adds-up",
    claim: "The count of outstanding pages is the pages asked for less those that came, never below 0",
    why: "A count that is off lets the source go while the guest waits, or never",
    source: `${POSTCOPY_RAM_C}; facts/postcopy-colo-cpr.md 11 R53`,
    facts: ["postcopy R53"],
    category: "invariant",
    side: "destination",
    pattern: ledger(() => ({ outstanding: 0 }), [
      {
        on: ADD,
        args: ["count"],
        take: (s, _m, count) => count === ++s.outstanding,
        says: (s, count) => `it says ${count}, ${s.outstanding} are outstanding`,
      },
      {
        on: DEL,
        args: ["count"],
        take: (s, _m, count) => count === --s.outstanding && count >= 0,
        says: (s, count) => `it says ${count}, ${s.outstanding} are outstanding`,
      },
    ]),
  },
  {
    id: "no-request-left",
    claim: "A completed postcopy leaves no page outstanding",
    why: "A thread of the guest waits for it for good",
    source: `${POSTCOPY_RAM_C}; facts/postcopy-colo-cpr.md 11 R53`,
    facts: ["postcopy R53"],
    category: "invariant",
    side: "destination",
    when: { ends: ["completed"] },
    pattern: ledger(() => ({ asked: 0, left: 0 }), [
      { on: ADD, args: ["count"], take: (s, _m, count) => void ((s.left = count), s.asked++) },
      { on: DEL, args: ["count"], take: (s, _m, count) => void (s.left = count) },
    ], {
      end: (s) => s.asked === 0 ? undefined : s.left === 0,
      endSays: (s) => `${s.left} pages are still outstanding`,
    }),
  },
  {
    id: "page-placed-once",
    claim: "Each page is placed at most once",
    why: "The second copy overwrites what the guest has written since the first",
    source: `${POSTCOPY_RAM_C}, postcopy_place_page(); facts/postcopy-colo-cpr.md 11 R55`,
    facts: ["postcopy R55"],
    category: "invariant",
    side: "destination",
    when: { without: ["paused"] },
    pattern: ledger(() => ({ placed: new Set<number>() }), [{
      on: PLACE,
      args: ["host_addr"],
      take: (s, _m, address) => {
        if (s.placed.has(address)) return false;
        if (s.placed.size >= ADDRESSES_MAX) return undefined;
        s.placed.add(address);
        return true;
      },
      says: (_s, address) => `the page at 0x${address.toString(16)} was placed before`,
    }]),
  },
  {
    id: "zero-page-placed-once",
    claim: "Each zero page is placed at most once",
    why: "The second one wipes what the guest has written since the first",
    source: `${POSTCOPY_RAM_C}, postcopy_place_page_zero(); facts/postcopy-colo-cpr.md 11 R55`,
    facts: ["postcopy R55"],
    category: "invariant",
    side: "destination",
    when: { without: ["paused"] },
    pattern: ledger(() => ({ placed: new Set<number>() }), [{
      on: PLACE_ZERO,
      args: ["host_addr"],
      take: (s, _m, address) => {
        if (s.placed.has(address)) return false;
        if (s.placed.size >= ADDRESSES_MAX) return undefined;
        s.placed.add(address);
        return true;
      },
      says: (_s, address) => `the page at 0x${address.toString(16)} was placed before`,
    }]),
  },
  {
    id: "placed-only-in-postcopy",
    claim: "Pages are placed only once faults are switched on",
    why: "Before that they are simply written",
    source: `${POSTCOPY_RAM_C}, postcopy_place_page(); facts/postcopy-colo-cpr.md 1.5`,
    facts: ["postcopy R46", "postcopy R54"],
    category: "ordering",
    side: "destination",
    pattern: { kind: "order", steps: [on("postcopy_ram_enable_notify"), anyOf(PLACE, PLACE_ZERO, ADD, DEL)] },
  },
  {
    id: "first-request-names-its-block",
    claim: "The first page request of a connection names its block",
    why: "A request without a name is for the block of the one before",
    source: "QEMU migration/migration.c, migrate_send_rp_req_pages(); facts/postcopy-colo-cpr.md 11 R57",
    facts: ["postcopy R57"],
    category: "invariant",
    side: "destination",
    pattern: ledger(() => ({ named: 0 }), [
      {
        on: on("migrate_send_rp_message"),
        args: ["msg_type"],
        take: (s, _m, type) => {
          if (type === 3) s.named = 1;
          return type === 4 ? s.named === 1 : undefined;
        },
        says: () => "no block was named before",
      },
      { on: on("loadvm_postcopy_handle_resume"), take: (s) => void (s.named = 0) },
    ]),
  },
  {
    id: "request-is-queued",
    claim: "A page request that the source takes is queued with the same range, at once",
    why: "A request that is dropped is a guest that stands still",
    source: `${RAM_C}, ram_save_queue_pages(); facts/postcopy-colo-cpr.md 11 R58`,
    facts: ["postcopy R58"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "answered",
      first: HANDLE,
      then: QUEUE,
      key: ["start", "start"],
      onlyAsked: true,
    },
  },
  {
    id: "request-whole-pages",
    claim: "A page request is for whole pages",
    why: "Half a page cannot be placed",
    source: "QEMU migration/migration.c, migrate_handle_rp_req_pages(); facts/postcopy-colo-cpr.md 1.5",
    facts: ["postcopy R58"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({}), [{
      on: anyOf(HANDLE, QUEUE),
      args: ["start", "len"],
      take: (_s, _m, start, length) => start % 4096 === 0 && length % 4096 === 0 && length > 0,
      says: (_s, start, length) => `${length} bytes at ${start}`,
    }]),
  },
  {
    id: "requests-only-in-postcopy",
    claim: "Pages are asked for only after the source has told the destination to listen",
    why: "Before that the destination has no way to miss a page",
    source: "QEMU migration/migration.c, source_return_path_thread(); facts/postcopy-colo-cpr.md 1.5",
    facts: ["postcopy R56"],
    category: "ordering",
    side: "source",
    pattern: { kind: "order", steps: [on("savevm_send_postcopy_listen"), HANDLE] },
  },
  {
    id: "queued-pages-without-preempt",
    claim: "With postcopy-preempt nothing is taken from the queue",
    why: "Urgent pages go by their own channel",
    source: `${RAM_C}; facts/postcopy-colo-cpr.md 11 R60`,
    facts: ["postcopy R60"],
    category: "ordering",
    side: "source",
    versions: { from: "8.0" },
    pattern: {
      kind: "never-after",
      after: on("postcopy_preempt_enabled", { value: 1 }),
      event: anyOf(on("get_queued_page"), on("get_queued_page_not_dirty")),
    },
  },
  {
    id: "preempt-sends-what-is-queued",
    claim: "With postcopy-preempt each queued range is sent page by page, at once",
    why: "A page that is not sent is a guest that stands still",
    source: `${RAM_C}, ram_save_queue_pages(); facts/postcopy-colo-cpr.md 11 R60`,
    facts: ["postcopy R60"],
    category: "invariant",
    side: "source",
    versions: { from: "8.0" },
    when: { with: ["preempt"], without: ["paused"] },
    pattern: ledger(() => ({ queued: 0, sent: 0 }), [
      { on: QUEUE, args: ["len"], take: (s, _m, length) => void (s.queued += length / 4096) },
      {
        on: on("postcopy_preempt_send_host_page"),
        take: (s) => ++s.sent <= s.queued,
        says: (s) => `${s.sent} pages were sent, ${s.queued} queued`,
      },
    ], {
      end: (s) => s.queued === 0 ? undefined : s.sent <= s.queued,
      endSays: (s) => `${s.sent} pages were sent, ${s.queued} queued`,
    }),
  },
  {
    id: "preempt-hit-after-send",
    claim: "A page that the background stream is in the middle of is hit only when it was to be sent",
    why: "A hit that nobody asked for leaves its page unsent",
    source: `${RAM_C}, ram_save_host_page_urgent(); facts/postcopy-colo-cpr.md 11 R61`,
    facts: ["postcopy R61"],
    category: "ordering",
    side: "source",
    versions: { from: "8.0" },
    pattern: { kind: "order", steps: [on("postcopy_preempt_send_host_page"), on("postcopy_preempt_hit")] },
  },
  {
    id: "dequeued-was-queued",
    claim: "No more pages are taken from the queue than were put into it",
    why: "A page that nobody asked for delays those that are waited for",
    source: `${RAM_C}, get_queued_page(); facts/postcopy-colo-cpr.md 11 R59`,
    facts: ["postcopy R59"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ queued: 0, taken: 0 }), [
      { on: QUEUE, args: ["len"], take: (s, _m, length) => void (s.queued += length / 4096) },
      {
        on: anyOf(on("get_queued_page"), on("get_queued_page_not_dirty")),
        take: (s) => ++s.taken <= s.queued,
        says: (s) => `${s.taken} pages were taken, ${s.queued} put in`,
      },
    ]),
  },
  {
    id: "dequeue-arithmetic",
    claim: "A page from the queue is named by its offset and by its number alike",
    why: "Two names for two pages: the wrong one is sent",
    source: `${RAM_C}, get_queued_page(); facts/postcopy-colo-cpr.md 1.5`,
    facts: ["postcopy R59"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({}), [{
      on: anyOf(on("get_queued_page"), on("get_queued_page_not_dirty")),
      args: ["tmp_offset", "page_abs"],
      take: (_s, _m, offset, page) => offset === page * 4096,
      says: (_s, offset, page) => `offset ${offset}, page ${page}`,
    }]),
  },
  {
    id: "requests-counted",
    claim: "postcopy-requests counts the page requests that were handled",
    why: "It is the operator's only measure of how the guest fares",
    source: "QEMU migration/ram.c; facts/postcopy-colo-cpr.md 1.6",
    facts: ["postcopy R56"],
    category: "invariant",
    side: "source",
    when: { ends: ["completed"] },
    pattern: ledger(() => ({ handled: 0, counted: NaN }), [
      { on: HANDLE, take: (s) => void s.handled++ },
      {
        side: "source",
        sample: ["ram.postcopy-requests", "downtime"],
        take: (s, _m, counted, downtime) => {
          if (!Number.isNaN(downtime)) s.counted = counted;
        },
      },
    ], {
      end: (s) => Number.isNaN(s.counted) || s.handled === 0 ? undefined : s.counted === s.handled,
      endSays: (s) => `postcopy-requests is ${s.counted}, ${s.handled} were handled`,
    }),
  },
  {
    id: "blocktime-counts-faults",
    claim: "A fault's blocktime begins anew only if none is open on that page",
    why: "Blocktime that is counted twice says nothing of the guest",
    source: `${POSTCOPY_RAM_C}, mark_postcopy_blocktime_begin() of 10.1; facts/postcopy-colo-cpr.md 11 R69`,
    facts: ["postcopy R69"],
    category: "ordering",
    side: "destination",
    versions: { from: "10.1" },
    pattern: {
      kind: "order",
      steps: [on("postcopy_ram_fault_thread_request"), on("postcopy_blocktime_begin")],
    },
  },
  {
    id: "blocktime-balances",
    claim: "Each blocktime that begins is ended once",
    why: "A fault that never ends adds up to the whole migration",
    source: `${POSTCOPY_RAM_C} of 10.1; facts/postcopy-colo-cpr.md 11 R70`,
    facts: ["postcopy R70"],
    category: "invariant",
    side: "destination",
    versions: { from: "10.1" },
    when: { ends: ["completed"] },
    pattern: {
      kind: "balance",
      plus: on("postcopy_blocktime_begin"),
      minus: on("postcopy_blocktime_end_one"),
      equals: [0, 0],
    },
  },
  {
    id: "blocktime-ends-before-place",
    claim: "A page's blocktime ends after it was taken off the list",
    why: "The guest runs on only when the page is there",
    source: `${POSTCOPY_RAM_C} of 10.1; facts/postcopy-colo-cpr.md 11 R72`,
    facts: ["postcopy R72"],
    category: "ordering",
    side: "destination",
    versions: { from: "10.1" },
    pattern: { kind: "order", steps: [DEL, on("postcopy_blocktime_end")] },
  },
  {
    id: "blocktime-left-never-negative",
    claim: "A virtual CPU never has fewer than no faults left",
    why: "A count below 0 was ended twice",
    source: `${POSTCOPY_RAM_C} of 10.1; facts/postcopy-colo-cpr.md 11 R71`,
    facts: ["postcopy R71"],
    category: "invariant",
    side: "destination",
    versions: { from: "10.1" },
    pattern: ledger(() => ({}), [{
      on: on("postcopy_blocktime_end_one"),
      args: ["left_faults"],
      take: (_s, _m, left) => left >= 0 && left < 4294967295,
      says: (_s, left) => `${left} are left`,
    }]),
  },
  {
    id: "old-blocktime-once-a-page",
    claim: "A page's blocktime is ended at most as often as pages were placed",
    why: "Blocktime without a page says nothing of the guest",
    source: `${POSTCOPY_RAM_C} up to 10.0, mark_postcopy_blocktime_end(); facts/postcopy-colo-cpr.md 11 R73`,
    facts: ["postcopy R73"],
    category: "invariant",
    side: "destination",
    versions: { to: "10.0" },
    when: { ends: ["completed"] },
    pattern: ledger(() => ({ ended: 0, placed: 0, completed: 0 }), [
      { on: on("mark_postcopy_blocktime_end"), take: (s) => void s.ended++ },
      { on: anyOf(PLACE, PLACE_ZERO), take: (s) => void s.placed++ },
      { on: state("completed"), take: (s) => void (s.completed = 1) },
    ], {
      end: (s) => s.ended === 0 || s.placed === 0 ? undefined : s.ended <= s.placed,
      endSays: (s) => `${s.ended} were ended, ${s.placed} pages placed`,
    }),
  },
];
