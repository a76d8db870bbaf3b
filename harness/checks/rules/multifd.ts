/**
 * multifd: channels, packets, syncs.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { anyOf, on } from "../select.ts";

const MULTIFD_C = "QEMU migration/multifd.c";
const FILL = on("multifd_send_fill");
const RAM_FILL = on("multifd_send_ram_fill");
const THREAD_START = on("multifd_send_thread_start");
const THREAD_END = on("multifd_send_thread_end");
const SYNC_FLAG = 1;

/** A channel's numbers, for at most as many channels as a byte counts. */
const channels = () => ({ last: new Map<number, number>() });

function perChannelOnce(
  id: string,
  claim: string,
  why: string,
  event: ReturnType<typeof on>,
  side: Rule["side"],
): Rule {
  return {
    id,
    claim,
    why,
    source: `${MULTIFD_C}; facts/precopy.md 6.3`,
    facts: ["precopy R100"],
    category: "ordering",
    side,
    pattern: { kind: "count", event, key: ["id"], atMost: 1 },
  };
}

function risingPackets(id: string, side: "source" | "destination", event: ReturnType<typeof on>): Rule {
  return {
    id,
    claim: `On each channel the ${
      side === "source" ? "packets sent" : "packets received"
    } are numbered upwards`,
    why: "A packet out of turn overwrites a newer page with an older one",
    source: `${MULTIFD_C}; facts/precopy.md 11.7 R102`,
    facts: ["precopy R102"],
    category: "invariant",
    side,
    versions: { from: "9.0" },
    pattern: ledger(channels, [{
      on: event,
      args: ["id", "packet_num"],
      take: (s, _m, id, number) => {
        const last = s.last.get(id);
        if (s.last.size < 256 || last !== undefined) s.last.set(id, number);
        return last === undefined ? undefined : number > last;
      },
      says: (_s, id, number) => `channel ${id}: packet ${number} is not above the one before`,
    }]),
  };
}

function packetShape(id: string, side: "source" | "destination", event: ReturnType<typeof on>): Rule {
  return {
    id,
    claim: "A packet that syncs carries no pages",
    why: "Pages in it would be loaded before or after the sync, as it happens",
    source: `${MULTIFD_C}; facts/precopy.md 6.3`,
    facts: ["precopy R104"],
    category: "invariant",
    side,
    versions: { from: "9.2" },
    pattern: ledger(() => ({}), [{
      on: event,
      args: ["flags", "next_packet_size"],
      take: (_s, _m, flags, size) => (flags & SYNC_FLAG) === 0 ? undefined : size === 0,
      says: (_s, _flags, size) => `it carries ${size} bytes`,
    }]),
  };
}

export const MULTIFD_RULES: readonly Rule[] = [
  perChannelOnce(
    "channel-started-once",
    "Each channel's thread starts once",
    "Two threads of one channel send one packet twice",
    THREAD_START,
    "source",
  ),
  perChannelOnce(
    "channel-ended-once",
    "Each channel's thread ends once",
    "A thread that ends twice frees what is gone",
    THREAD_END,
    "source",
  ),
  perChannelOnce(
    "channel-accepted-once",
    "Each channel is accepted once",
    "Two channels of one number share one buffer",
    on("multifd_recv_new_channel"),
    "destination",
  ),
  perChannelOnce(
    "receiver-started-once",
    "Each receiving thread starts once",
    "Two threads of one channel read one packet half each",
    on("multifd_recv_thread_start"),
    "destination",
  ),
  perChannelOnce(
    "receiver-ended-once",
    "Each receiving thread ends once",
    "A thread that ends twice frees what is gone",
    on("multifd_recv_thread_end"),
    "destination",
  ),
  {
    id: "channel-life",
    claim: "A channel's thread starts before it ends",
    why: "A thread that was never started sent nothing",
    source: `${MULTIFD_C}, multifd_send_thread(); facts/precopy.md 11.7 R100`,
    facts: ["precopy R100"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "alternates",
      first: THREAD_START,
      second: THREAD_END,
      key: ["id", "id"],
      mayStayOpen: true,
    },
  },
  {
    id: "receiver-life",
    claim: "A receiving thread starts before it ends",
    why: "A thread that was never started received nothing",
    source: `${MULTIFD_C}, multifd_recv_thread(); facts/precopy.md 6.3`,
    facts: ["precopy R100"],
    category: "ordering",
    side: "destination",
    // Up to 8.1 a load begins in the trace with active, and the channels connect before it.
    versions: { from: "8.2-dev" },
    pattern: {
      kind: "alternates",
      first: on("multifd_recv_thread_start"),
      second: on("multifd_recv_thread_end"),
      key: ["id", "id"],
      mayStayOpen: true,
    },
  },
  {
    id: "nothing-after-channel-end",
    claim: "A channel fills no packet after its thread has ended",
    why: "Nobody writes it",
    source: `${MULTIFD_C}, multifd_send_thread(); facts/precopy.md 11.7 R100`,
    facts: ["precopy R100"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    pattern: ledger(() => ({ ended: new Set<number>() }), [
      {
        on: THREAD_END,
        args: ["id"],
        take: (s, _m, id) => {
          if (s.ended.size < 256) s.ended.add(id);
        },
      },
      {
        on: FILL,
        args: ["id"],
        take: (s, _m, id) => !s.ended.has(id),
        says: (_s, id) => `channel ${id} has ended`,
      },
    ]),
  },
  {
    id: "channels-before-the-header",
    claim: "All channels are created before the stream's header is written",
    why: "The destination begins to load only when all are there",
    source: `${MULTIFD_C}, multifd_send_setup(); facts/precopy.md 11.7 R113`,
    facts: ["precopy R113"],
    category: "ordering",
    side: "source",
    versions: { from: "9.0" },
    pattern: {
      kind: "never-after",
      after: on("savevm_state_header"),
      event: anyOf(on("multifd_new_send_channel_async"), on("multifd_set_outgoing_channel")),
    },
  },
  {
    id: "packets-numbered-from-zero",
    claim: "Packets are numbered without a gap: none above what was filled so far",
    why: "A number that is skipped is a packet that the destination waits for",
    source: `${MULTIFD_C}, multifd_send_fill_packet(); facts/precopy.md 11.7 R101`,
    facts: ["precopy R101"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    when: { ends: ["completed"], without: ["mapped-ram"] },
    pattern: ledger(() => ({ count: 0, sum: 0, highest: -1 }), [{
      on: FILL,
      args: ["packet_num"],
      take: (s, _m, number) => {
        s.count++;
        s.sum += number;
        if (number > s.highest) s.highest = number;
      },
    }], {
      // Each number once from 0 to the highest: as many as that, with the sum that these have.
      end: (s) =>
        s.count === 0 ? undefined : s.highest === s.count - 1 && s.sum === s.count * (s.count - 1) / 2,
      endSays: (s) => `${s.count} packets, the highest number is ${s.highest}, their sum ${s.sum}`,
    }),
  },
  risingPackets("packets-rise-sent", "source", anyOf(FILL, on("multifd_send"))),
  risingPackets("packets-rise-received", "destination", anyOf(on("multifd_recv_unfill"), on("multifd_recv"))),
  packetShape("sync-packet-is-empty", "source", FILL),
  packetShape("sync-packet-arrives-empty", "destination", on("multifd_recv_unfill")),
  {
    id: "packet-pages-fit",
    claim: "A packet carries 1 to 128 pages",
    why: "More do not fit its header; none is no packet",
    source: `${MULTIFD_C}, multifd_ram_fill_packet(); facts/precopy.md 11.7 R105`,
    facts: ["precopy R105"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    pattern: ledger(() => ({}), [{
      on: RAM_FILL,
      args: ["normal", "zero"],
      take: (_s, _m, normal, zero) => normal + zero >= 1 && normal + zero <= 128,
      says: (_s, normal, zero) => `${normal} pages and ${zero} zero pages`,
    }]),
  },
  {
    id: "packet-size-is-its-pages",
    claim: "A packet that is not compressed is as large as its pages",
    why: "The destination reads as many bytes as the packet says",
    source: `${MULTIFD_C}, multifd_send_prepare_header(); facts/precopy.md 11.7 R104, R105`,
    facts: ["precopy R104", "precopy R105"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    when: { without: ["mapped-ram"] },
    pattern: ledger(() => ({ normal: new Map<number, number>() }), [
      {
        on: RAM_FILL,
        args: ["id", "normal"],
        take: (s, _m, id, normal) => {
          if (s.normal.size < 256 || s.normal.has(id)) s.normal.set(id, normal);
        },
      },
      {
        on: FILL,
        args: ["id", "flags", "next_packet_size"],
        take: (s, _m, id, flags, size) => {
          const normal = s.normal.get(id);
          if (flags !== 0) return undefined;
          if (normal === undefined) return undefined;
          s.normal.delete(id);
          return size === normal * 4096;
        },
        says: (_s, id, _flags, size) => `channel ${id}: ${size} bytes`,
      },
    ]),
  },
  {
    id: "data-packet-was-filled",
    claim: "A packet with pages follows the filling of that channel",
    why: "A packet without it carries the pages of the one before",
    source: `${MULTIFD_C}, multifd_send_thread(); facts/precopy.md 11.7 R104`,
    facts: ["precopy R104"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    when: { without: ["mapped-ram"] },
    pattern: ledger(() => ({ filled: new Set<number>() }), [
      {
        on: RAM_FILL,
        args: ["id"],
        take: (s, _m, id) => {
          if (s.filled.size < 256) s.filled.add(id);
        },
      },
      {
        on: FILL,
        args: ["id", "flags"],
        take: (s, _m, id, flags) => (flags & (SYNC_FLAG | 64)) !== 0 ? undefined : s.filled.delete(id),
        says: (_s, id) => `channel ${id} had nothing filled`,
      },
    ]),
  },
];
