/**
 * What all channels of a migration share: the guest's memory as they see it, and the destination's.
 *
 * @module
 */
import { PAGE_SIZE, RandomStream } from "../base/mod.ts";
import type { Scenario } from "../scenario/mod.ts";
import { COSTS, GUEST_SHARE, MULTIFD_PACKET } from "./calibration.ts";
import type { Guest } from "./guest.ts";
import { quantile } from "./host.ts";
import type { Thread } from "./kernel.ts";
import type { Wire } from "./link.ts";
import { MultifdLead } from "./multifd_lead.ts";
import { MultifdMemory } from "./multifd_memory.ts";
import { type Batch, type Compression, COMPRESSIONS } from "./multifd_packet.ts";
import type { BugId } from "./museum.ts";
import type { Ram } from "./ram.ts";
import type { MigrationStats } from "./statistics.ts";

/** Processors of the machine of the recordings. */
const HOST_PROCESSORS = 2;

/** What the channels are told. */
export interface MultifdOptions {
  readonly scenario: Scenario;
  readonly stats: MigrationStats;
  readonly guest: Guest;
  /** Whether the channels look for zero pages (zero-page-detection multifd). */
  readonly detectsZero: boolean;
  /** Whether the channels write into one file, each page at its place, without packets (mapped-ram). */
  readonly isFile: boolean;
  /** Whether the destination loads later. */
  readonly stored: boolean;
  readonly tls: boolean;
  readonly compression: string;
  readonly bugs: ReadonlySet<BugId>;
  readonly wire: Wire;
  /** How many channels there are. */
  readonly channels: number;
  readonly ram: Ram;
}

/** The channels' common knowledge. */
export class MultifdShared {
  readonly scenario: Scenario;
  readonly stats: MigrationStats;
  readonly detectsZero: boolean;
  readonly isFile: boolean;
  readonly stored: boolean;
  readonly tls: boolean;
  /** Capability zero-copy-send. */
  readonly zeroCopy: boolean;
  readonly compression: Compression;
  /** Bugs of the museum that are switched on. */
  readonly bugs: ReadonlySet<BugId>;
  /** The wire of all channels and of the main connection. */
  readonly wire: Wire;
  readonly #guest: Guest;
  readonly #directIo: boolean;
  /** Channels that compute at present. */
  #computing = 0;
  readonly #random: RandomStream;
  readonly lead: MultifdLead;
  /** When the processor has time for the next packet. */
  #processorFree = 0;
  /** The destination's memory; null if nobody loads now. */
  readonly #memory: MultifdMemory | null;

  constructor(options: MultifdOptions) {
    const { scenario, stats, guest, detectsZero, isFile, stored, tls, compression, wire, channels } = options;
    this.scenario = scenario;
    this.stats = stats;
    this.bugs = options.bugs;
    this.detectsZero = detectsZero;
    this.isFile = isFile;
    this.stored = stored;
    this.tls = tls;
    this.zeroCopy = scenario.capabilities["zero-copy-send"] === true;
    this.compression = COMPRESSIONS[compression] ?? NO_COMPRESSION;
    this.wire = wire;
    this.#guest = guest;
    this.#directIo = scenario.parameters["direct-io"] === true;
    this.#random = new RandomStream(scenario.seed, "multifd/processor");
    this.#memory = stored || isFile ? null : new MultifdMemory(options.ram);
    this.lead = new MultifdLead(channels, new RandomStream(scenario.seed, "multifd/scheduling"));
  }

  /** How many pages of a batch are zero, seen at the thread's moment. */
  countZero({ block, count, pages }: Batch, thread: Thread): number {
    if (block === null) return 0;
    if (this.#guest.changesContent) this.#guest.advance(thread.now);
    let zero = 0;
    for (let index = 0; index < count; index++) {
      const page = pages[index] ?? 0;
      if (((block.content[page >>> 5] ?? 0) & (1 << (page & 31))) === 0) zero++;
    }
    thread.spend(zero * COSTS.zeroPage);
    return zero;
  }

  /** How long the destination waits for memory, beyond what the source and the wire take for the packet meanwhile. */
  #wait(batch: Batch, now: number, meanwhile: number): number {
    return this.#memory === null ? 0 : Math.max(0, this.#memory.wait(batch, now) - meanwhile);
  }

  /** What compression leaves of a batch's pages that are not zero, and how long it takes. */
  compress(
    { block, count, pages }: Batch,
    normal: number,
  ): { readonly size: number; readonly micros: number } {
    if (block === null || normal === 0) return { size: 0, micros: 0 };
    const { plainBytes, randomBytes, plainMicros, randomMicros } = this.compression;
    let random = 0;
    for (let index = 0; index < count; index++) if (block.isRandom(pages[index] ?? 0)) random++;
    random = Math.min(random, normal);
    const plain = normal - random;
    return {
      size: Math.round(plain * plainBytes + random * randomBytes),
      micros: plain * plainMicros + random * randomMicros,
    };
  }

  /** A channel begins (1) or ends (-1) to compute: from two on, they and the guest share the host's processors. */
  computes(change: 1 | -1, now: number): void {
    this.#computing += change;
    this.#guest.setShare(this.#computing >= HOST_PROCESSORS ? GUEST_SHARE : 1, now);
  }

  /**
   * When a packet that a channel begins to send at a moment is sent and received, the wire aside.
   *
   * @param size Bytes of its pages that are not zero: compressed ones take as much less as they are smaller.
   * @param computed How long the source computes on such a packet, while the destination waits for memory.
   */
  sent(
    batch: Batch,
    { normal, size, computed }: { normal: number; size: number; computed: number },
    now: number,
  ): number {
    const { block, count, pages } = batch;
    let untouched = 0;
    // Only without zero page detection are pages sent that hold nothing.
    if (block !== null && normal === count) {
      for (let index = 0; index < count; index++) {
        const page = pages[index] ?? 0;
        if (((block.content[page >>> 5] ?? 0) & (1 << (page & 31))) === 0) untouched++;
      }
    }
    const share = normal === 0 ? 0 : Math.min(1, size / (normal * PAGE_SIZE));
    const filled = (normal - untouched) * share;
    const calls = this.#directIo ? stretchesOf(pages, normal) : 0;
    const more = untouched * COSTS.multifdUntouchedPage +
      (this.#directIo ? normal * COSTS.directIoPage + calls * COSTS.directIoCall : 0) +
      (this.zeroCopy ? normal * COSTS.zeroCopyPage : 0) +
      (normal === 0 ? 0 : this.#wait(batch, now, computed + size / this.wire.rate.at(now)));
    // Nobody reads from a file at the same time, and a guest that stands still takes the processor from no channel.
    const varied = this.isFile ? filled * COSTS.multifdFilePage : filled * COSTS.multifdPage *
      (this.#guest.isBusy ? quantile(MULTIFD_PACKET, this.#random.unit()) / 100 : 1);
    this.#processorFree = Math.max(now, this.#processorFree) + varied + more;
    return this.#processorFree;
  }
}

/** Stretches of neighbours among the first `count` pages: each is written by a call of its own. */
function stretchesOf(pages: ArrayLike<number>, count: number): number {
  let stretches = 0;
  for (let index = 0; index < count; index++) {
    if (index === 0 || pages[index] !== (pages[index - 1] ?? 0) + 1) stretches++;
  }
  return stretches;
}

const NO_COMPRESSION: Compression = {
  flag: 0,
  plainBytes: 4096,
  randomBytes: 4096,
  plainMicros: 0,
  randomMicros: 0,
};
