/**
 * The stage of each exhibit: the smallest scenario in which its bug shows. Without the bug the same scenario is one
 * that every rule passes.
 *
 * @module
 */
import type { GuestKnown } from "../checks/mod.ts";
import type { BugId } from "../model/mod.ts";
import { makeScenario, type Scenario, type ScenarioInput } from "../scenario/mod.ts";

/** A scenario and what to record of its run. */
export interface Stage {
  readonly name: string;
  readonly scenario: Scenario;
  /** Whether the bug shows only page by page. */
  readonly perPageEvents?: boolean;
  /** What the laws may know of the guest, where only a law can tell. */
  readonly guest?: GuestKnown;
}

/** A guest of 64 MiB that writes 8000 pages in turn, over a link of 33 MB/s. */
const SMALL: Omit<ScenarioInput, "why"> = {
  guest: { ram_bytes: 67108864, filled: [{ start_page: 1024, pages: 10000 }] },
  workload: [{ kind: "sweep", start_page: 1024, pages: 8000, rate_pages_per_second: 5000 }],
  parameters: { "max-bandwidth": 33554432 },
};

function stage(name: string, why: string, input: Omit<ScenarioInput, "why">): Stage {
  return { name, scenario: makeScenario({ why, ...SMALL, ...input }) };
}

const CONVERGES = stage("converges", "a guest whose writes the link outruns", {});
const DEAD_NETWORK = stage("cancelled-in-an-outage", "the network is dead when the operator gives up", {
  link: { steps: [{ at_ms: 200, rate_bytes_per_second: 0 }] },
  operator: [{ execute: "migrate_cancel", at_ms: 1200 }],
  time_limit_ms: 60_000,
});
const WITH_RETURN_PATH = stage("with-return-path", "the destination has the last word", {
  capabilities: { "return-path": true },
});
const WITH_KVM = stage("with-kvm", "setup takes whole milliseconds", {
  guest: { ...SMALL.guest, accelerator: "kvm" },
});
const NEWEST = stage("newest", "the newest release, where apic comes first and notifiers are traced", {
  profile: "11.1",
});
const CANCELLED_AND_AGAIN = stage("cancelled-and-again", "a second try after a cancel", {
  operator: [{ execute: "migrate_cancel", at_ms: 300 }, { execute: "migrate", at_ms: 500 }],
});
const PAUSED_AND_CANCELLED = stage(
  "paused-and-cancelled",
  "the operator changes his mind before the switchover",
  {
    capabilities: { "pause-before-switchover": true },
    operator: [{ execute: "migrate_cancel", at_ms: 5, from: "pre-switchover" }],
    time_limit_ms: 60_000,
  },
);
/** A guest that outruns the link, though not in the long first pass. */
const OUTGROWING: Omit<ScenarioInput, "why"> = {
  guest: { ram_bytes: 134217728, filled: [{ start_page: 1024, pages: 31000 }] },
  capabilities: { "auto-converge": true },
  // A pass takes 1.2 s: clear of the second after which a sync ends a period.
  parameters: { "max-bandwidth": 28_000_000 },
  workload: [{ kind: "sweep", start_page: 1024, pages: 10000, rate_pages_per_second: 20000 }],
  time_limit_ms: 60_000,
};
const OUTGROWN = stage(
  "outgrown",
  "a guest that outruns the link, though not in the long first pass",
  OUTGROWING,
);
const WITH_MULTIFD = stage("with-multifd", "two channels, and a wire that carries more than the limit", {
  capabilities: { multifd: true },
  link: { rate_bytes_per_second: 100_000_000 },
});

/** Where each bug is shown. */
export const STAGES: Readonly<Record<BugId, Stage>> = {
  "mbps-of-last-cycle": CONVERGES,
  "setup-time-in-mbps": WITH_KVM,
  "expected-downtime-from-dirty-rate": CONVERGES,
  "counters-of-cancelled-run": CANCELLED_AND_AGAIN,
  "period-of-earlier-run": stage("cancelled-in-a-period", "a second try after a cancel between two syncs", {
    operator: [{ execute: "migrate_cancel", at_ms: 1900 }, { execute: "migrate", at_ms: 2000 }],
  }),
  "total-time-not-told": CONVERGES,
  "zero-page-counted-whole": CONVERGES,
  "pages-counted-twice": CONVERGES,
  "first-sync-counts-all": CONVERGES,
  "bandwidth-without-remainder": CONVERGES,
  "sleep-not-in-bandwidth": CONVERGES,
  "cache-miss-rate-above-one": stage(
    "with-xbzrle",
    "changed pages are encoded against a cache too small for them",
    {
      capabilities: { xbzrle: true },
      parameters: { "max-bandwidth": 20_000_000, "xbzrle-cache-size": 16777216 },
    },
  ),
  "cache-miss-rate-not-a-number": stage(
    "nothing-in-a-period",
    "more than a second without a page, before the last sync",
    {
      capabilities: { xbzrle: true, "pause-before-switchover": true },
      workload: [
        { kind: "sweep", start_page: 1024, pages: 8000, rate_pages_per_second: 6000, duration_ms: 1000 },
        { kind: "idle" },
      ],
      parameters: { "max-bandwidth": 18_000_000, "xbzrle-cache-size": 67108864 },
      operator: [{ execute: "migrate-continue", at_ms: 2500, from: "pre-switchover" }],
    },
  ),
  "exact-without-sync": CONVERGES,
  "exact-at-every-pass": CONVERGES,
  "pending-called-postcopy": CONVERGES,
  "holes-counted-dirty": CONVERGES,
  "throttle-after-three": OUTGROWN,
  "throttle-timer-rearmed": {
    ...stage("throttled-hard", "auto-converge at its hardest from the first step on", {
      ...OUTGROWING,
      parameters: { "max-bandwidth": 28_000_000, "cpu-throttle-initial": 99 },
    }),
    guest: { workingSetPages: 10000, pagesPerSecond: 20000 },
  },
  "throttle-without-transfer": OUTGROWN,
  "limit-per-host-page": CONVERGES,
  "limit-at-equality": {
    ...stage("limit-met-exactly", "a limit that whole flushes reach to the byte", {
      parameters: { "max-bandwidth": (131328 * 25 + 10) * 10 },
    }),
    perPageEvents: true,
  },
  "limit-per-second": stage("limit-changed", "the operator raises the limit while pages are sent", {
    guest: { ram_bytes: 134217728, filled: [{ start_page: 1024, pages: 31000 }] },
    link: { rate_bytes_per_second: 60_000_000 },
    operator: [{ execute: "migrate-set-parameters", at_ms: 300, arguments: { "max-bandwidth": 40_000_000 } }],
  }),
  "completion-rate-limited": stage(
    "much-in-the-downtime",
    "more is left for the downtime than a cycle may send",
    {
      workload: [{ kind: "sweep", start_page: 1024, pages: 8000, rate_pages_per_second: 7000 }],
      parameters: { "max-bandwidth": 33554432, "downtime-limit": 800 },
    },
  ),
  "zero-pages-skipped": CONVERGES,
  "first-page-not-marked": CONVERGES,
  "bitmap-not-refilled": CANCELLED_AND_AGAIN,
  "writes-lost-after-sync": {
    ...stage("short-downtime", "many rounds, with little left to send at each sync", {
      parameters: { "max-bandwidth": 33554432, "downtime-limit": 20 },
    }),
    guest: { workingSetPages: 8000, pagesPerSecond: 5000 },
  },
  "multifd-without-limit": WITH_MULTIFD,
  "multifd-sync-not-counted": WITH_MULTIFD,
  "multifd-header-not-counted": WITH_MULTIFD,
  "multifd-size-left-over": WITH_MULTIFD,
  "multifd-number-assigned-twice": WITH_MULTIFD,
  "failed-while-cancelling": DEAD_NETWORK,
  "cancelled-after-completed": stage("cancelled-too-late", "a cancel that comes when all is done", {
    operator: [{ execute: "migrate_cancel", at_ms: 0, from: "completed" }],
  }),
  "completed-before-the-end": WITH_RETURN_PATH,
  "downtime-ended-twice": CONVERGES,
  "notified-twice": NEWEST,
  "paused-by-cancel": PAUSED_AND_CANCELLED,
  "started-though-paused": stage("paused-guest-fails", "the network is cut under a guest that is paused", {
    guest: { ...SMALL.guest, running: false },
    faults: [{ kind: "network-cut", at_ms: 200 }],
  }),
  "disks-not-reactivated": stage(
    "fails-in-the-device-phase",
    "the network is cut when the disks are given up",
    {
      faults: [{ kind: "network-cut", at_ms: 1, from: "device" }],
    },
  ),
  "return-path-not-joined": WITH_RETURN_PATH,
  "footer-of-own-id": NEWEST,
  "cancel-waits-for-socket": DEAD_NETWORK,
};
