/**
 * What a migration is: proven by an event that only such a migration traces, or told by the facts of the run.
 *
 * @module
 */
import type { RunFacts } from "../trace/mod.ts";
import type { Trait } from "./rule.ts";
import { anyOf, on, type Selector } from "./select.ts";

/** How a trait is known. */
export interface TraitSource {
  /** Events of the source or the destination that prove it. */
  readonly proof: Selector;
  /** The capability that is the trait. */
  readonly capability?: string;
  /** What the facts say; undefined when they do not. */
  readonly told?: (facts: RunFacts) => boolean | undefined;
  /** Whether a log that traces migrations broadly would have shown the proof, so that its absence says no. */
  readonly shows: boolean;
  /**
   * Events that only a migration without the trait has. Where nothing says which events are on, the source's log must
   * have one of them, since the proof may have been off; absent where what is judged then has proved not to mind.
   */
  readonly disproof?: Selector;
  /** Whether the proof may come as late as the end, so that only a log of a migration that is over says no. */
  readonly isLate?: boolean;
}

const NONE: Selector = [];

/** Every trait with its sources. */
export const TRAITS: Readonly<Record<Trait, TraitSource>> = {
  "multifd": {
    proof: anyOf(
      on("multifd_new_send_channel_async"),
      on("multifd_send_thread_start"),
      on("multifd_send_sync_main"),
      on("multifd_recv_new_channel"),
      on("multifd_recv_thread_start"),
    ),
    disproof: NONE,
    capability: "multifd",
    shows: true,
  },
  "postcopy-ram": {
    proof: anyOf(on("qemu_savevm_send_postcopy_advise"), on("loadvm_postcopy_handle_advise")),
    capability: "postcopy-ram",
    shows: true,
  },
  "postcopy": {
    proof: anyOf(
      on("postcopy_start"),
      on("migrate_set_state", { new_state: ["postcopy-active", "postcopy-device"] }),
      on("loadvm_handle_cmd_packaged"),
    ),
    // With the capability it is up to the operator; without it there is no way.
    told: ({ capabilities }) =>
      capabilities === undefined || capabilities["postcopy-ram"] === true ? undefined : false,
    shows: true,
  },
  "preempt": {
    proof: on("postcopy_preempt_new_channel"),
    capability: "postcopy-preempt",
    shows: true,
  },
  "return-path": {
    proof: anyOf(on("open_return_path_on_source"), on("migrate_send_rp_message")),
    told: ({ capabilities }) =>
      capabilities === undefined ? undefined : capabilities["return-path"] === true ||
        capabilities["postcopy-ram"] === true,
    shows: true,
  },
  "xbzrle": { proof: on("migration_pagecache_init"), capability: "xbzrle", shows: true },
  "mapped-ram": { proof: NONE, capability: "mapped-ram", shows: false },
  "x-ignore-shared": { proof: NONE, capability: "x-ignore-shared", shows: false },
  "dirty-bitmaps": { proof: NONE, capability: "dirty-bitmaps", shows: false },
  "colo": {
    proof: anyOf(
      on("migrate_set_state", { new_state: "colo" }),
      on("savevm_send_colo_enable"),
      on("colo_send_message"),
    ),
    capability: "x-colo",
    disproof: on("migration_block_activation", { name: "inactive" }),
    shows: true,
    isLate: true,
  },
  "snapshot": {
    proof: anyOf(on("ram_write_tracking_ramblock_start")),
    capability: "background-snapshot",
    disproof: anyOf(
      on("migration_bitmap_sync_start"),
      on("migration_bitmap_sync_end"),
      on("migration_thread_low_pending"),
      on("migrate_set_state", { new_state: ["device", "pre-switchover", "postcopy-active", "colo"] }),
    ),
    shows: true,
  },
  "auto-converge": {
    proof: anyOf(on("migration_throttle"), on("cpu_throttle_dirty_sync")),
    capability: "auto-converge",
    shows: false,
  },
  "dirty-limit": { proof: on("migration_dirty_limit_guest"), capability: "dirty-limit", shows: false },
  "pause": {
    proof: on("migrate_set_state", { new_state: "pre-switchover" }),
    capability: "pause-before-switchover",
    shows: false,
  },
  "switchover-ack": {
    proof: anyOf(
      on("source_return_path_thread_switchover_acked"),
      on("loadvm_state_switchover_ack_needed"),
    ),
    capability: "switchover-ack",
    shows: false,
  },
  "zero-copy": { proof: NONE, capability: "zero-copy-send", shows: false },
  "release-ram": { proof: NONE, capability: "release-ram", shows: false },
  "compress": { proof: NONE, capability: "compress", shows: false },
  "blocktime": { proof: NONE, capability: "postcopy-blocktime", shows: false },
  "file": {
    proof: on("migration_file_outgoing"),
    told: ({ transport }) => transport === undefined ? undefined : transport.startsWith("file"),
    shows: true,
  },
  "cpr": {
    proof: anyOf(
      on("cpr_state_save", { mode: ["cpr-transfer", "cpr-reboot", "cpr-exec"] }),
      on("cpr_transfer_output"),
      on("cpr_exec"),
    ),
    disproof: on("cpr_state_save", { mode: "normal" }),
    shows: true,
  },
  "paused": { proof: on("migrate_set_state", { new_state: "postcopy-paused" }), shows: true },
  "throttled-sync": { proof: on("cpu_throttle_dirty_sync"), disproof: NONE, shows: true },
  // Told for each migration by its stream: a second one finds the guest as the first left it.
  "guest-ran": { proof: NONE, shows: false },
};

/** What the facts say of a trait. */
export function toldTrait(trait: Trait, facts: RunFacts): boolean | undefined {
  const { told, capability } = TRAITS[trait];
  if (told !== undefined) return told(facts);
  if (capability === undefined || facts.capabilities === undefined) return undefined;
  return facts.capabilities[capability] === true;
}
