/**
 * Totals: what the channels and the phases add up to.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on, word } from "../select.ts";
import { ESTIMATE, EXACT, state, TRANSFERRED } from "./words.ts";

const COMPLETED = word("completed");
const ACTIVE = word("active");
/** A reply comes within this time of its question, in microseconds. */
const ANSWER_MICROS = 1_000_000;

export const TOTAL_RULES: readonly Rule[] = [
  {
    id: "exact-iff-below-threshold-8",
    claim: "The pending size is counted exactly only when what precopy must send is at most the threshold",
    why: "A count too many costs the guest a sync",
    source: "QEMU migration/migration.c of 8.1 and 8.2, migration_iteration_run(); facts/precopy.md 11.2 R26",
    facts: ["precopy R26"],
    category: "invariant",
    side: "source",
    versions: { from: "8.1", to: "8.2" },
    when: { without: ["postcopy", "snapshot"] },
    pattern: ledger(() => ({ threshold: 0, pre: NaN }), [
      { on: TRANSFERRED, args: ["size"], take: (s, _m, threshold) => void (s.threshold = threshold) },
      { on: ESTIMATE, args: ["pre"], take: (s, _m, pre) => void (s.pre = pre) },
      {
        on: EXACT,
        take: (s) => Number.isNaN(s.pre) ? undefined : s.pre <= s.threshold,
        says: (s) => `counted exactly although ${s.pre} is above ${s.threshold}`,
      },
    ]),
  },
  {
    id: "one-section-a-pass",
    claim: "In one pass each handler writes at most one section",
    why: "A handler that writes two starves the others",
    source: "QEMU migration/savevm.c, qemu_savevm_state_iterate(); facts/postcopy-colo-cpr.md 11 R8",
    facts: ["postcopy R8"],
    category: "invariant",
    side: "source",
    when: { without: ["snapshot", "colo"] },
    pattern: ledger(() => ({ passes: 0, sections: 0 }), [
      {
        on: on("savevm_state_iterate"),
        take: (s) => {
          s.passes++;
          s.sections = 0;
        },
      },
      {
        on: anyOf(ESTIMATE, EXACT, on("migration_thread_low_pending"), state("device")),
        take: (s) => void (s.sections = 0),
      },
      {
        on: on("savevm_section_start", { id: "ram" }),
        take: (s) => s.passes === 0 ? undefined : ++s.sections <= 1,
        says: (s) => `RAM section number ${s.sections} in one pass`,
      },
    ]),
  },
  {
    id: "request-follows-a-fault",
    claim: "A page is asked for only after the guest, or another process, has faulted on one",
    why: "A page that nobody waits for delays those that are waited for",
    source: "QEMU migration/postcopy-ram.c, postcopy_ram_fault_thread(); facts/postcopy-colo-cpr.md 11 R51",
    facts: ["postcopy R51"],
    category: "ordering",
    side: "destination",
    pattern: {
      kind: "order",
      steps: [
        anyOf(on("postcopy_ram_fault_thread_request"), on("postcopy_request_shared_page")),
        on("postcopy_page_req_add"),
      ],
    },
  },
  {
    id: "multifd-pages-are-counted",
    claim: "The pages that the channels filled in are the pages that query-migrate counts",
    why: "Progress and bandwidth are told from the count",
    source: "QEMU migration/multifd.c, multifd_send_thread(); facts/precopy.md 11.7 R112",
    facts: ["precopy R112"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    when: { with: ["multifd"], without: ["postcopy", "mapped-ram"], ends: ["completed"] },
    pattern: ledger(() => ({ normal: 0, zero: 0, packets: 0, counted: NaN, zeros: NaN }), [
      {
        on: on("multifd_send_ram_fill"),
        args: ["normal", "zero"],
        take: (s, _m, normal, zero) => {
          s.normal += normal;
          s.zero += zero;
          s.packets++;
        },
      },
      {
        side: "source",
        sample: ["status", "ram.normal", "ram.duplicate"],
        take: (s, _m, status, normal, zero) => {
          if (status !== COMPLETED) return;
          s.counted = normal;
          s.zeros = zero;
        },
      },
    ], {
      end: (s) =>
        s.packets === 0 || Number.isNaN(s.counted)
          ? undefined
          // With the legacy detection zero pages go by the main channel.
          : s.normal === s.counted && (s.zero === s.zeros || s.zero === 0),
      endSays: (s) =>
        `${s.normal} pages and ${s.zero} zero pages filled in, ${s.counted} and ${s.zeros} counted`,
    }),
  },
  {
    id: "multifd-bytes-are-packets",
    claim:
      "multifd-bytes is a greeting of 64 bytes a channel, a header of 1344 a packet, and the packets' pages",
    why: "The rate limit is kept by it",
    source: "QEMU migration/multifd.c, multifd_send_thread(); facts/precopy.md I22",
    facts: ["precopy I22"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    when: { with: ["multifd"], without: ["postcopy", "mapped-ram"], ends: ["completed"] },
    pattern: ledger(() => ({ channels: 0, bytes: 0, counted: NaN }), [
      {
        on: on("multifd_send_thread_start"),
        take: (s) => {
          s.channels++;
          s.bytes += 64;
        },
      },
      {
        on: on("multifd_send_fill"),
        args: ["next_packet_size"],
        take: (s, _m, size) => void (s.bytes += 1344 + size),
      },
      {
        side: "source",
        sample: ["status", "ram.multifd-bytes"],
        take: (s, _m, status, bytes) => {
          if (status === COMPLETED) s.counted = bytes;
        },
      },
    ], {
      end: (s) => s.channels === 0 || Number.isNaN(s.counted) ? undefined : s.bytes === s.counted,
      endSays: (s) => `the packets make ${s.bytes} bytes, multifd-bytes is ${s.counted}`,
    }),
  },
  {
    id: "no-downtime-bytes-while-running",
    claim: "While the guest runs nothing is counted as sent in its downtime, or in postcopy",
    why: "The downtime would be explained by bytes that did not cause it",
    source: "QEMU migration/ram.c, ram_transferred_add(); facts/precopy.md I12",
    facts: ["precopy I12"],
    category: "invariant",
    side: "source",
    versions: { from: "10.0" },
    when: { without: ["postcopy", "snapshot", "colo", "cpr", "mapped-ram"] },
    // A sample's moment is when it was asked for; a main loop that is stopping the guest answers when it stands.
    pattern: ledger(() => ({ ran: 0, stopped: 0, suspect: NaN, downtime: 0, postcopy: 0 }), [
      {
        on: on("vm_state_notify", { running: 0 }),
        take: (s, m) => {
          if (m.at < s.suspect + ANSWER_MICROS) s.suspect = NaN;
          s.stopped = 1;
        },
      },
      { on: on("savevm_section_start"), take: (s) => void (s.ran = 1) },
      {
        side: "source",
        sample: ["status", "ram.downtime-bytes", "ram.postcopy-bytes"],
        take: (s, m, status, downtime, postcopy) => {
          if (!Number.isNaN(s.suspect)) return false;
          // A paused guest counts all as downtime; whether this one ran is known if it was seen to stop later.
          if (status !== ACTIVE || s.ran === 0 || s.stopped === 1 || Number.isNaN(downtime)) return undefined;
          if (m.guestRan !== true) return undefined;
          if (downtime === 0 && postcopy === 0) return true;
          s.suspect = m.at;
          s.downtime = downtime;
          s.postcopy = postcopy;
          return undefined;
        },
        says: (s) => `downtime-bytes ${s.downtime}, postcopy-bytes ${s.postcopy}`,
      },
    ], {
      needsMoments: true,
      end: (s) => Number.isNaN(s.suspect) ? undefined : false,
      endSays: (s) => `downtime-bytes ${s.downtime}, postcopy-bytes ${s.postcopy}`,
    }),
  },
  {
    id: "transferred-exceeds-phases",
    claim:
      "A completed migration has transferred more than its pages: the framing and the devices come on top",
    why: "Pages that are counted and were not transferred are missing",
    source: "QEMU migration/migration-stats.c; facts/precopy.md I21",
    facts: ["precopy I21"],
    category: "invariant",
    side: "source",
    versions: { from: "8.2" },
    when: { without: ["snapshot", "colo", "postcopy", "mapped-ram"], ends: ["completed"] },
    pattern: ledger(() => ({ sent: 0, phases: 0 }), [{
      side: "source",
      sample: ["status", "ram.transferred", "ram.precopy-bytes", "ram.downtime-bytes", "ram.multifd-bytes"],
      take: (s, _m, status, sent, precopy, downtime, multifd) => {
        if (status !== COMPLETED || Number.isNaN(sent) || Number.isNaN(precopy)) return undefined;
        s.sent = sent;
        s.phases = precopy + downtime + multifd;
        return s.sent > s.phases;
      },
      says: (s) => `${s.sent} bytes were transferred, the phases have ${s.phases}`,
    }]),
  },
];
