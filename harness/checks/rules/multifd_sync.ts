/**
 * multifd: syncs of the channels, and their end.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { on } from "../select.ts";
import { state } from "./words.ts";

const MULTIFD_C = "QEMU migration/multifd.c";
const FILL = on("multifd_send_fill");
const SIGNAL = on("multifd_send_sync_main_signal");
const WAIT = on("multifd_send_sync_main_wait");
const SYNC = on("multifd_send_sync_main");
const THREAD_END = on("multifd_send_thread_end");
const TERMINATE = on("multifd_send_terminate_threads");
const SYNC_FLAG = 1;

export const MULTIFD_SYNC_RULES: readonly Rule[] = [
  {
    id: "mapped-ram-channels-send-no-packets",
    claim: "With mapped-ram the channels write pages to their places and send no packets",
    why: "A packet in the file would stand where a page belongs",
    source: `${MULTIFD_C}; facts/precopy.md 6.4`,
    facts: ["precopy 6.4"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    when: { with: ["mapped-ram"] },
    pattern: ledger(() => ({}), [{
      on: THREAD_END,
      args: ["packets"],
      take: (_s, _m, packets) => packets === 0,
      says: (_s, packets) => `${packets} packets`,
    }]),
  },
  {
    id: "sync-signals-in-order",
    claim: "A sync signals the channels 0, 1, 2 and so on, then waits for them in that order",
    why: "A channel that is not signalled keeps pages back",
    source: `${MULTIFD_C}, multifd_send_sync_main(); facts/precopy.md 11.7 R106`,
    facts: ["precopy R106"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ signalled: 0, waited: 0, due: 0, broken: 0 }), [
      {
        on: SIGNAL,
        args: ["id"],
        take: (s, _m, id) => {
          if (s.broken === 1) return undefined;
          s.due = s.signalled;
          return s.waited === 0 && id === s.signalled++;
        },
        says: (s, id) => `channel ${id} is signalled, ${s.due} is due`,
      },
      {
        on: WAIT,
        args: ["id"],
        take: (s, _m, id) => {
          if (s.broken === 1) return undefined;
          s.due = s.waited;
          return id === s.waited++ && s.waited <= s.signalled;
        },
        says: (s, id) => `it waits for channel ${id}, ${s.due} is due of ${s.signalled}`,
      },
      {
        on: SYNC,
        take: (s) => {
          if (s.broken === 1) return undefined;
          const held = s.signalled === s.waited;
          s.signalled = 0;
          s.waited = 0;
          return held;
        },
        says: () => "the sync ends before it has waited for every channel",
      },
      {
        // A channel that fails, or a cancel, breaks a sync off wherever it is.
        on: state("failed", "failing", "cancelling"),
        take: (s) => void (s.broken = 1),
      },
    ]),
  },
  {
    id: "sync-packet-per-channel",
    claim: "Each sync sends one sync packet on each channel",
    why: "A channel without it lets the destination load older pages after newer ones",
    source: `${MULTIFD_C}, multifd_send_sync_main(); facts/precopy.md 11.7 R107`,
    facts: ["precopy R107"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    when: { ends: ["completed"], without: ["mapped-ram"] },
    pattern: ledger(() => ({ signals: 0, packets: 0 }), [
      { on: SIGNAL, take: (s) => void s.signals++ },
      { on: FILL, args: ["flags"], take: (s, _m, flags) => void ((flags & SYNC_FLAG) !== 0 && s.packets++) },
    ], {
      end: (s) => s.signals === 0 ? undefined : s.signals === s.packets,
      endSays: (s) => `${s.signals} channels were signalled, ${s.packets} sync packets sent`,
    }),
  },
  {
    id: "receive-sync-waits-then-signals",
    claim: "The destination's sync waits for every channel, then lets every channel go on",
    why: "A channel that is let go early loads pages of the next pass over those of this one",
    source: `${MULTIFD_C}, multifd_recv_sync_main(); facts/precopy.md 11.7 R109`,
    facts: ["precopy R109"],
    category: "invariant",
    side: "destination",
    when: { without: ["mapped-ram"] },
    pattern: ledger(() => ({ waits: 0, signals: 0 }), [
      {
        on: on("multifd_recv_sync_main_wait"),
        take: (s) => {
          s.waits++;
          return s.signals === 0;
        },
        says: (s) => `it waits again after ${s.signals} channels were let go`,
      },
      { on: on("multifd_recv_sync_main_signal"), take: (s) => void s.signals++ },
      {
        on: on("multifd_recv_sync_main"),
        take: (s) => {
          const held = s.waits === s.signals;
          s.waits = 0;
          s.signals = 0;
          return held;
        },
        says: () => "as many waits as signals are due",
      },
      {
        on: state("failed"),
        take: (s) => {
          s.waits = 0;
          s.signals = 0;
        },
      },
    ]),
  },
  {
    id: "thread-end-counts-packets",
    claim: "A channel's thread says at its end how many packets it has sent",
    why: "A packet that is not counted was not sent, or not filled",
    source: `${MULTIFD_C}, multifd_send_thread(); facts/precopy.md 11.7 R110`,
    facts: ["precopy R110"],
    category: "invariant",
    side: "source",
    versions: { from: "9.2" },
    when: { ends: ["completed"], without: ["mapped-ram"] },
    pattern: ledger(() => ({ packets: new Map<number, number>(), filled: 0 }), [
      {
        on: FILL,
        args: ["id"],
        take: (s, _m, id) => {
          if (s.packets.size < 256 || s.packets.has(id)) s.packets.set(id, (s.packets.get(id) ?? 0) + 1);
        },
      },
      {
        on: THREAD_END,
        args: ["id", "packets"],
        take: (s, _m, id, packets) => {
          s.filled = s.packets.get(id) ?? 0;
          return packets === s.filled;
        },
        says: (s, id, packets) => `channel ${id} says ${packets}, ${s.filled} were filled`,
      },
    ]),
  },
  {
    id: "threads-end-when-told",
    claim: "In a completed migration the channels end when they are told to",
    why: "A channel that ends early leaves its packets to nobody",
    source: `${MULTIFD_C}, multifd_send_shutdown(); facts/precopy.md 11.7 R111`,
    facts: ["precopy R111"],
    category: "ordering",
    side: "source",
    versions: { from: "9.0" },
    when: { ends: ["completed"] },
    pattern: { kind: "order", steps: [TERMINATE, THREAD_END] },
  },
  {
    id: "terminate-after-cleanup",
    claim: "The channels are told to end after the handlers are cleaned up",
    why: "A handler may still send through them",
    source: `${MULTIFD_C}, multifd_send_shutdown(); facts/precopy.md 6.3`,
    facts: ["precopy R111"],
    category: "ordering",
    side: "source",
    versions: { from: "10.0" },
    when: { ends: ["completed"] },
    pattern: { kind: "order", steps: [on("savevm_state_cleanup"), TERMINATE] },
  },
  {
    id: "multifd-sync-outside-iterate",
    claim: "The channels are synced within setup, or within a section",
    why: "The destination syncs where the stream tells it to",
    source: `${MULTIFD_C}, multifd_ram_flush_and_sync(); facts/precopy.md 6.2`,
    facts: ["precopy R106"],
    category: "invariant",
    side: "source",
    pattern: ledger(() => ({ inside: 0 }), [
      { on: on("savevm_state_setup"), take: (s) => void (s.inside = 1) },
      { on: state("active"), take: (s) => void (s.inside = 0) },
      { on: on("savevm_section_start"), take: (s) => void (s.inside = 1) },
      { on: on("savevm_section_end"), take: (s) => void (s.inside = 0) },
      { on: SYNC, take: (s) => s.inside === 1, says: () => "the sync lies outside" },
    ]),
  },
];
