/**
 * Why a recording cannot be reproduced from its inputs: by what it shows itself, never by what the model makes of it.
 *
 * The guest's own counter tells whether its rate was that of before; the source's trace tells how quick its host was,
 * which is held against what all recordings together show (harness/model/calibration.ts).
 *
 * @module
 */
import { AT_HAND, COSTS, MULTIFD_AT_HAND_PAGES } from "../model/mod.ts";
import type { Scenario } from "../scenario/mod.ts";
import { cancelAtEdge } from "./command_edge.ts";
import { type GuestEvidence, guestRate, guestSwings, throttledRate } from "./undetermined_guest.ts";

/** A host that takes this many times what pages take in the median is busy with something else. */
const COLD_FACTOR = 1.5;
const WARM_FACTOR = 2;
/**
 * A stream that takes nothing but the host's own work differs by more than this from what is usual if the host had to find
 * memory, or had it at hand, where it mostly does not (a huge page more is a third of the time of an idle guest of 256 MiB),
 * or was busy: to look at a page took 0.23 to 0.35 us in ten of fifteen first passes.
 */
const SCAN_FACTOR = 1.15;
/** The same for what comes first after the stop, which is a part of the time. */
const FIRST_FACTOR = 1.25;
/** Below this there is too little to tell a rate from. */
const PAGES_MIN = 1000;
/** Of the pages at the switchover at most this share may be sent for the first time. */
const UNSENT = 0.1;
/** The stop, the devices and the end of a downtime: the median of 141 recordings; nine of ten take twice that at most. */
const OTHER_MICROS = 1600;
const OTHER_FACTOR = 3;
/** An added device saves its state in about this. */
const DEVICE_MICROS = 1000;
/** A packet of multifd and its pages: 1344 bytes of header and 128 pages. */
const PACKET_PAGE_BYTES = 525_632 / 128;
const CYCLES_PER_SECOND = 10;
/** QEMU's default. */
const DOWNTIME_LIMIT_MS = 300;
/** With fewer cycles there is no mean. */
const CYCLES_MIN = 10;
/** What is left to send takes a walk by chance if its drift is within so many standard errors of nothing. */
const STANDARD_ERRORS = 2;
/** So many syncs before the first threshold are a race between the guest and the thread. */
const SPIN = 2;

/** Pages that are touched with the first of them. */
const HUGE_PAGES = 512;

/** What is known of a recording besides its scenario. */
export interface Evidence extends GuestEvidence {
  /** Normal and zero pages of the whole migration. */
  readonly normalPages: number;
  readonly zeroPages: number;
}

/** Reasons, each a sentence; none if the inputs suffice as far as the recording shows. */
export function undeterminedBy(evidence: Evidence): string[] {
  return REASONS.map((reason) => reason(evidence)).filter((reason) => reason !== "");
}

/** Whether pages go through a plain stream, nothing but the two hosts' work in their way. */
function isPlain(
  { scenario: { capabilities, parameters, transport, link, incoming_after_ms, traces_every_event } }:
    Evidence,
): boolean {
  const creds = parameters["tls-creds"];
  return capabilities["multifd"] !== true && capabilities["xbzrle"] !== true && transport !== "exec" &&
    link.rate_bytes_per_second === null && incoming_after_ms === null && !traces_every_event &&
    (creds === undefined || creds === "");
}

/** How long a page took where nothing limited the stream. */
function sendRate(evidence: Evidence): string {
  const { scenario, host, normalPages } = evidence;
  if (!isPlain(evidence) || scenario.parameters["max-bandwidth"] !== 0 || normalPages < PAGES_MIN) return "";
  const micros = host.sectionMicros / normalPages;
  const cold = COSTS.loadWarmPage + COSTS.hugePage / HUGE_PAGES;
  if (micros <= COLD_FACTOR * cold) return "";
  return `a page took ${
    micros.toFixed(1)
  } us to send and load where memory that is touched for the first time takes ${cold.toFixed(1)}`;
}

/** How long the channels of multifd took where nothing limited them, memory being at hand (the rows of its recordings). */
function channelRate({ scenario, host, normalPages, zeroPages }: Evidence): string {
  const { capabilities, parameters, transport, traces_every_event } = scenario;
  const creds = parameters["tls-creds"];
  const isPlain = capabilities["multifd"] === true && parameters["max-bandwidth"] === 0 &&
    (parameters["multifd-compression"] ?? "none") === "none" && (creds === undefined || creds === "") &&
    transport !== "file" && parameters["zero-page-detection"] !== "none" && !traces_every_event;
  if (!isPlain || normalPages < PAGES_MIN || 2 * normalPages > MULTIFD_AT_HAND_PAGES) return "";
  const page = COSTS.multifdPage + (capabilities["zero-copy-send"] === true ? COSTS.zeroCopyPage : 0);
  const usual = normalPages * page + zeroPages * COSTS.zeroPageBusyTcg;
  if (host.sectionMicros <= COLD_FACTOR * usual) return "";
  const ms = (micros: number): string => (micros / 1000).toFixed(1);
  return `the channels took ${ms(host.sectionMicros)} ms to send what takes ${ms(usual)}`;
}

/** How long the sections took of a stream of zero pages, or of one into a file: nothing limits those but the host. */
function scanRate(evidence: Evidence): string {
  const { scenario: { transport, capabilities, parameters, guest, workload, traces_every_event }, host } =
    evidence;
  const { normalPages, zeroPages } = evidence;
  const isMapped = capabilities["mapped-ram"] === true && parameters["max-bandwidth"] === 0;
  const isFile = transport === "file" && !traces_every_event &&
    (isMapped || (capabilities["mapped-ram"] !== true && capabilities["multifd"] !== true));
  const isScan = isPlain(evidence) && normalPages > 0 && normalPages < PAGES_MIN && zeroPages > PAGES_MIN;
  if (!isFile && !isScan || host.sectionMicros === 0) return "";
  const isBusy = guest.running && workload.length > 0;
  const isTcg = guest.accelerator === "tcg";
  const zero = !isBusy ? COSTS.zeroPage : isTcg ? COSTS.zeroPageBusyTcg : COSTS.zeroPageBusyKvm;
  const touched = Math.min(zeroPages, guest.touched.reduce((sum, { pages }) => sum + pages, 0));
  const clear = isTcg ? 0 : (normalPages + zeroPages) * COSTS.kvmClearPage;
  const normal = isMapped
    ? mappedPageMicros(evidence.scenario)
    : isFile
    ? COSTS.normalPage + COSTS.fileByte * 4104
    : COSTS.loadWarmPage;
  const usual = normalPages * normal + (zeroPages - touched) * zero + touched * COSTS.zeroPageTouched + clear;
  const factor = host.sectionMicros / usual;
  if (factor <= SCAN_FACTOR && factor >= 1 / SCAN_FACTOR) return "";
  const ms = (micros: number): string => (micros / 1000).toFixed(1);
  return `the host took ${ms(host.sectionMicros)} ms to ${
    isFile ? "write the file" : "look for what is not zero"
  } where ${ms(usual)} are usual`;
}

/** What a page at its place in a file takes, by one thread or by channels. */
function mappedPageMicros({ capabilities, parameters }: Scenario): number {
  if (capabilities["multifd"] !== true) return COSTS.mappedPage;
  return COSTS.multifdFilePage + (parameters["direct-io"] === true ? COSTS.directIoPage : 0);
}

/** How long a page took that had been sent before, the guest standing still. */
function lastStage(evidence: Evidence): string {
  const { host: { lastStageMicros, decidedPages, unsentPages }, scenario } = evidence;
  if (!isPlain(evidence) || lastStageMicros === null || decidedPages < PAGES_MIN) return "";
  if (unsentPages > UNSENT * decidedPages) return "";
  const pipe = scenario.transport === "fd-pipe" ? COSTS.pipeByte * 4104 : 0;
  const micros = lastStageMicros / decidedPages;
  const usual = COSTS.loadWarmPage + pipe;
  if (micros <= WARM_FACTOR * usual) return "";
  return `a page took ${micros.toFixed(1)} us after the stop where one that is sent again takes ${
    usual.toFixed(1)
  }`;
}

/**
 * How long the pages took that came for the first time after the stop: how much of the destination's memory the host has
 * at hand is no input. What it mostly has is what AT_HAND says.
 */
function firstTouch(evidence: Evidence): string {
  const { host: { lastStageMicros, decidedPages, unsentPages, stoppedInFirstPass: stop }, scenario } =
    evidence;
  if (!isPlain(evidence) || lastStageMicros === null || stop === null) return "";
  const sent = stop.bytes / (4096 + 8);
  const again = Math.max(0, decidedPages - unsentPages);
  const first = Math.min(unsentPages, evidence.normalPages - sent - again);
  if (first < PAGES_MIN) return "";
  const filled = scenario.guest.filled.reduce((sum, { pages }) => sum + pages, 0);
  const left = stop.afterMicros > AT_HAND.micros ? 0 : Math.max(0, AT_HAND.pages - filled - sent);
  const cold = Math.max(0, first - left) * COSTS.hugePage / HUGE_PAGES;
  const zeros = (unsentPages - first) * (COSTS.zeroPage + COSTS.loadZeroPage);
  const usual = (first + again) * COSTS.loadWarmPage + cold + zeros;
  const factor = lastStageMicros / usual;
  if (factor <= FIRST_FACTOR && factor >= 1 / FIRST_FACTOR) return "";
  const ms = (micros: number): string => (micros / 1000).toFixed(1);
  return `${Math.round(first)} pages came first after the stop, which took ${ms(lastStageMicros)} ms where ${
    ms(usual)
  } are usual: whether the host has memory at hand is no input`;
}

/** How long the rest of the downtime took. */
function otherDowntime({ host: { otherDowntimeMicros }, scenario }: Evidence): string {
  const { capabilities, guest, traces_every_event } = scenario;
  if (
    otherDowntimeMicros === null || traces_every_event || capabilities["pause-before-switchover"] === true
  ) return "";
  const returns = capabilities["return-path"] === true ? COSTS.joinThread : 0;
  const usual = OTHER_MICROS + DEVICE_MICROS * guest.added_devices.length + returns;
  if (otherDowntimeMicros <= OTHER_FACTOR * usual) return "";
  return `the stop and the devices took ${(otherDowntimeMicros / 1000).toFixed(1)} ms where ${
    (usual / 1000).toFixed(1)
  } ms are usual`;
}

/** Whether the guest and the thread raced before there was a threshold (11.1). */
function spin({ host: { syncsBeforeThreshold }, scenario }: Evidence): string {
  if (scenario.profile !== "11.1" || syncsBeforeThreshold <= SPIN) return "";
  return `${syncsBeforeThreshold} syncs came before there was a threshold: which of them finds nothing is a race of the host's threads`;
}

/** Whether KVM's dirty ring overflowed: it gives no entries from then on, and the guest stands still. */
function fullRing({ host: { ringStuckAfterMicros } }: Evidence): string {
  if (ringStuckAfterMicros === null) return "";
  const seconds = (ringStuckAfterMicros / 1e6).toFixed(1);
  return `the dirty ring overflowed after ${seconds} s, which is a fault of the host's KVM: the guest stood still from then on`;
}

/** Whether channels and guest are equally quick, so that chance decides when the one gains on the other. */
function evenRace({ host: { laterCycles }, inputs: { meta }, scenario: { capabilities } }: Evidence): string {
  const count = laterCycles.length;
  if (capabilities["multifd"] !== true || count < CYCLES_MIN) return "";
  const pages = laterCycles.map((bytes) => bytes / PACKET_PAGE_BYTES);
  const mean = pages.reduce((sum, sent) => sum + sent, 0) / count;
  const variance = pages.reduce((sum, sent) => sum + (sent - mean) ** 2, 0) / (count - 1);
  const written = (meta.touches_per_s_before ?? 0) / CYCLES_PER_SECOND;
  if (Math.abs(mean - written) > STANDARD_ERRORS * Math.sqrt(variance / count)) return "";
  const [least, most] = [Math.min(...pages), Math.max(...pages)].map(Math.round);
  return `the channels sent ${least} to ${most} pages in a cycle, ${
    Math.round(mean)
  } in the mean of ${count}, and the guest wrote ${
    Math.round(written)
  }: when the one gains on the other is the host's scheduler's`;
}

/**
 * Whether the packets of multifd decided at which sync it switched over: a cycle's bytes are the threshold, a pass's what
 * is left. Fourteen runs of multifd-autoconverge by both versions took 4.8 to 11.6 s.
 */
function closeCall(
  { host: { laterCycles, margins }, scenario: { capabilities, parameters } }: Evidence,
): string {
  const count = laterCycles.length;
  if (capabilities["multifd"] !== true || count < CYCLES_MIN || margins.length === 0) return "";
  const mean = laterCycles.reduce((sum, bytes) => sum + bytes, 0) / count;
  const deviation = Math.sqrt(laterCycles.reduce((sum, bytes) => sum + (bytes - mean) ** 2, 0) / (count - 1));
  const cycles = Number(parameters["downtime-limit"] ?? DOWNTIME_LIMIT_MS) * CYCLES_PER_SECOND / 1000;
  const nearest = Math.min(...margins.map(Math.abs));
  if (nearest > STANDARD_ERRORS * deviation * (1 + cycles)) return "";
  const packets = (bytes: number): string => (bytes / (128 * PACKET_PAGE_BYTES)).toFixed(1);
  return `what was left came within ${packets(nearest)} packets of the threshold, which is ${
    cycles.toFixed(1)
  } times what the channels sent in a cycle, ${packets(mean)} packets give or take ${
    packets(deviation)
  }: at which sync it ended is the host's scheduler's`;
}

const REASONS = [
  guestRate,
  guestSwings,
  throttledRate,
  sendRate,
  channelRate,
  scanRate,
  lastStage,
  firstTouch,
  otherDowntime,
  spin,
  fullRing,
  evenRace,
  closeCall,
  cancelAtEdge,
] as const;
