/**
 * COLO: checkpoints and failover.
 *
 * @module
 */
import { ledger } from "../pattern.ts";
import type { Rule } from "../rule.ts";
import { on, type Selector } from "../select.ts";
import { AFTER_LOOP } from "./words.ts";

const COLO_C = "QEMU migration/colo.c";

function send(message: string): Selector {
  return on("colo_send_message", { msg: message });
}
function receive(message: string): Selector {
  return on("colo_receive_message", { msg: message });
}

/** Messages of one side, in the order in which each may follow the other. */
const PRIMARY_SENDS = {
  "checkpoint-request": ["vmstate-send", "guest-shutdown"],
  "vmstate-send": ["vmstate-size", "guest-shutdown"],
  "vmstate-size": ["checkpoint-request", "guest-shutdown"],
} as const;
const PRIMARY_RECEIVES = {
  "checkpoint-ready": ["checkpoint-reply"],
  "checkpoint-reply": ["vmstate-received"],
  "vmstate-received": ["vmstate-loaded"],
  "vmstate-loaded": ["checkpoint-reply"],
} as const;
const SECONDARY_SENDS = {
  "checkpoint-ready": ["checkpoint-reply"],
  "checkpoint-reply": ["vmstate-received"],
  "vmstate-received": ["vmstate-loaded"],
  "vmstate-loaded": ["checkpoint-reply"],
} as const;
const SECONDARY_RECEIVES = {
  "checkpoint-request": ["vmstate-send", "guest-shutdown"],
  "vmstate-send": ["vmstate-size"],
  "vmstate-size": ["checkpoint-request", "guest-shutdown"],
} as const;

function messages(
  id: string,
  side: "source" | "destination",
  event: Selector,
  first: string,
  edges: Readonly<Record<string, readonly string[]>>,
): Rule {
  const who = side === "source" ? "primary" : "secondary";
  return {
    id,
    claim: `The ${who}'s COLO messages follow the cycle of a checkpoint`,
    why: "A message out of turn leaves the two sides in different checkpoints",
    source: `${COLO_C}, colo_do_checkpoint_transaction(); facts/postcopy-colo-cpr.md 11 R75, R76`,
    facts: ["postcopy R75", "postcopy R76"],
    category: "ordering",
    side,
    pattern: { kind: "states", event, arg: "msg", initial: [first], edges },
  };
}

function runs(id: string, side: "source" | "destination"): Rule {
  return {
    id,
    claim: "COLO stops and starts the guest in turn, beginning with a start",
    why: "A guest that is started twice ran during the checkpoint",
    source: `${COLO_C}; facts/postcopy-colo-cpr.md 11 R77`,
    facts: ["postcopy R77"],
    category: "ordering",
    side,
    pattern: {
      kind: "states",
      event: on("colo_vm_state_change"),
      arg: "new",
      initial: ["run"],
      edges: { run: ["stop"], stop: ["run"] },
    },
  };
}

function changes(id: string, side: "source" | "destination"): Rule {
  return {
    id,
    claim: "Each COLO change of the guest starts from what it is",
    why: "A change from another state was decided without looking",
    source: `${COLO_C}; facts/postcopy-colo-cpr.md 11 R77`,
    facts: ["postcopy R77"],
    category: "invariant",
    side,
    pattern: ledger(() => ({ now: NaN }), [{
      on: on("colo_vm_state_change"),
      args: ["old", "new"],
      take: (s, _m, before, after) => {
        const held = before !== after && (Number.isNaN(s.now) || s.now === before);
        s.now = after;
        return held;
      },
      says: () => "it does not start from the state before",
    }]),
  };
}

const FAILOVER = {
  "none": ["require"],
  "require": ["active", "relaunch", "none"],
  "active": ["completed"],
  "relaunch": ["require", "none"],
  "completed": ["none"],
} as const;

function failover(id: string, side: "source" | "destination"): Rule {
  return {
    id,
    claim: "A COLO failover is required, active, completed",
    why: "A failover that skips a step leaves one of the guests running",
    source: "QEMU migration/colo-failover.c; facts/postcopy-colo-cpr.md 11 R79",
    facts: ["postcopy R79"],
    category: "ordering",
    side,
    pattern: {
      kind: "states",
      event: on("colo_failover_set_state"),
      arg: "new_state",
      initial: ["none", "require"],
      edges: FAILOVER,
    },
  };
}

export const COLO_RULES: readonly Rule[] = [
  {
    id: "colo-after-loop",
    claim: "COLO begins after the migration thread has left its loop, and the secondary is ready",
    why: "A checkpoint while RAM is still migrated copies it twice",
    source: `${COLO_C}, migrate_start_colo_process(); facts/postcopy-colo-cpr.md 11 R74`,
    facts: ["postcopy R74"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "order",
      steps: [AFTER_LOOP, receive("checkpoint-ready"), on("colo_send_message")],
    },
  },
  messages("colo-primary-sends", "source", on("colo_send_message"), "checkpoint-request", PRIMARY_SENDS),
  messages(
    "colo-primary-receives",
    "source",
    on("colo_receive_message"),
    "checkpoint-ready",
    PRIMARY_RECEIVES,
  ),
  messages(
    "colo-secondary-sends",
    "destination",
    on("colo_send_message"),
    "checkpoint-ready",
    SECONDARY_SENDS,
  ),
  messages(
    "colo-secondary-receives",
    "destination",
    on("colo_receive_message"),
    "checkpoint-request",
    SECONDARY_RECEIVES,
  ),
  {
    id: "colo-request-answered",
    claim: "Each checkpoint that the primary asks for is answered, unless COLO ends",
    why: "A primary that waits for good keeps its guest's output back",
    source: `${COLO_C}; facts/postcopy-colo-cpr.md 11 R75`,
    facts: ["postcopy R75"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "alternates",
      first: send("checkpoint-request"),
      second: receive("checkpoint-reply"),
      mayStayOpen: true,
    },
  },
  {
    id: "colo-guest-stopped-for-vmstate",
    claim: "The primary's state is sent while its guest is stopped",
    why: "A state that changes while it is sent is torn",
    source: `${COLO_C}; facts/postcopy-colo-cpr.md 11 R75`,
    facts: ["postcopy R75", "postcopy R77"],
    category: "ordering",
    side: "source",
    pattern: {
      kind: "never-after",
      after: on("colo_vm_state_change", { new: "run" }),
      until: on("colo_vm_state_change", { new: "stop" }),
      event: send("vmstate-send"),
    },
  },
  runs("colo-primary-runs", "source"),
  runs("colo-secondary-runs", "destination"),
  changes("colo-primary-changes", "source"),
  changes("colo-secondary-changes", "destination"),
  {
    id: "colo-flush-alternates",
    claim: "The secondary's cache is flushed from beginning to end, once a checkpoint",
    why: "Half a cache is half a guest",
    source: "QEMU migration/ram.c, colo_flush_ram_cache(); facts/postcopy-colo-cpr.md 11 R78",
    facts: ["postcopy R78"],
    category: "ordering",
    side: "destination",
    pattern: {
      kind: "alternates",
      first: on("colo_flush_ram_cache_begin"),
      second: on("colo_flush_ram_cache_end"),
    },
  },
  {
    id: "colo-flush-while-stopped",
    claim: "The secondary's cache is flushed while its guest is stopped",
    why: "A guest that runs sees its memory change under it",
    source: "QEMU migration/ram.c, colo_flush_ram_cache(); facts/postcopy-colo-cpr.md 11 R78",
    facts: ["postcopy R78"],
    category: "ordering",
    side: "destination",
    pattern: {
      kind: "never-after",
      after: on("colo_vm_state_change", { new: "run" }),
      until: on("colo_vm_state_change", { new: "stop" }),
      event: on("colo_flush_ram_cache_begin"),
    },
  },
  failover("colo-primary-failover", "source"),
  failover("colo-secondary-failover", "destination"),
];
