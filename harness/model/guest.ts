/**
 * The guest: vCPU threads that write pages in virtual time.
 *
 * Nobody sees a guest write before a sync, a clear of the log or the zero test of a page looks, so the vCPU threads run
 * lazily: `advance` catches up with all writes before a moment. A write at moment t and a look at moment t: the write
 * comes first.
 *
 * @module
 */
import { RandomStream } from "../base/mod.ts";
import type { Phase, Scenario } from "../scenario/mod.ts";
import { Task } from "./guest_task.ts";
import { mayChangeContent, writes } from "./guest_writes.ts";
import { pageWordsOf } from "./page_words.ts";
import type { RamBlock } from "./ram.ts";

/** CPU_THROTTLE_TIMESLICE_NS of QEMU: how long a throttled vCPU runs between two sleeps, in microseconds. */
const TIMESLICE = 10_000;

/** The running guest: starts and stops, and slows down under a throttle. */
export class Guest {
  readonly #tasks: readonly Task[];
  readonly #changesContent: boolean;
  readonly #hasWork: boolean;
  /** Whether the order of the tasks' writes matters: one may make a page zero that another has written. */
  readonly #takesTurns: boolean;
  #running = false;
  /** Running time of each vCPU so far. */
  #ran = 0;
  /** Time that a throttle has kept each vCPU from running so far. */
  #held = 0;
  /** Moment up to which `#ran` is counted. */
  #at = 0;
  /**
   * The moment of the last change of pace, with what was counted then. All that follows is reckoned from there: a sum of
   * the pieces between looks would depend on how often somebody looks.
   */
  #paceSince = 0;
  #ranThen = 0;
  #heldThen = 0;
  /** Share of a processor that the host leaves to each vCPU that wants to run. */
  #share = 1;
  #throttlePercent = 0;
  #slowdown = 0;
  #throttle: Ticks = { ticking: 0, since: 0 };
  #nextThrottle: Ticks | null = null;
  /** Under a dirty limit: how long a ring takes to fill, the sleep that follows, and since when. */
  #ring: { readonly fill: number; readonly sleep: number; readonly since: number } | null = null;

  constructor(tasks: readonly { phases: readonly Phase[]; random: RandomStream }[], block: RamBlock) {
    const changes = tasks.some(({ phases }) => phases.some((phase) => mayChangeContent(phase, block)));
    this.#changesContent = changes;
    block.drawnWords = pageWordsOf(tasks.flatMap(({ phases }) => phases), block.pages);
    block.drawnWords?.fillPicked(block.content);
    this.#tasks = tasks.map(({ phases, random }) => new Task(phases, block, random, changes));
    this.#takesTurns = tasks.length > 1 &&
      tasks.some(({ phases }) => phases.some((phase) => "content" in phase && phase.content !== "data"));
    this.#hasWork = tasks.some(({ phases }) => phases.some(writes));
  }

  get running(): boolean {
    return this.#running;
  }

  /** Whether a write may turn a zero page into another, or back. */
  get changesContent(): boolean {
    return this.#changesContent;
  }

  /** Whether a vCPU keeps a CPU of the host busy: it runs, and has something to write. */
  get isBusy(): boolean {
    return this.#running && this.#hasWork;
  }

  /** Share of time that the vCPUs are kept from running, in percent; 0 when there is no throttle. */
  get throttlePercent(): number {
    return this.#throttlePercent;
  }

  /**
   * Share of its time that a throttle has taken from the guest, in percent, until it ended or so far; the guest's stops
   * are not counted.
   */
  get slowdownPercent(): number {
    if (this.#throttlePercent === 0) return this.#slowdown;
    return this.#held === 0 ? 0 : 100 * this.#held / (this.#held + this.#ran);
  }

  /** Writes of all tasks so far. */
  get writes(): number {
    return this.#tasks.reduce((sum, { writes }) => sum + writes, 0);
  }

  /** Running time of each vCPU so far, in microseconds. */
  get runningMicros(): number {
    return this.#ran;
  }

  /** Has each vCPU sleep whenever its dirty ring is full; a sleep of 0 ends that. */
  setRingSleep(fill: number, sleep: number, now: number): void {
    this.advance(now);
    this.#changePace();
    this.#ring = sleep > 0 ? { fill, sleep, since: now } : null;
  }

  /** When the next ring is full, from a moment on; Infinity when nobody asks. */
  ringFullAt(now: number): number {
    const ring = this.#ring;
    if (ring === null) return Infinity;
    const { fill, sleep, since } = ring;
    return since + fill + Math.max(0, Math.ceil((now - since - fill) / (fill + sleep))) * (fill + sleep);
  }

  /** Makes all writes before `now`. */
  advance(now: number): void {
    if (now <= this.#at) return;
    const next = this.#nextThrottle;
    if (next !== null && now > next.since) {
      this.#count(next.since);
      this.#changePace();
      this.#throttle = next;
      this.#nextThrottle = null;
    }
    this.#count(now);
    if (!this.#running) return;
    if (this.#takesTurns) this.#taskByTask(this.#ran);
    for (const task of this.#tasks) task.advance(this.#ran);
  }

  /** Makes the writes of all tasks in the order of their moments: the last one says whether a page is zero. */
  #taskByTask(ran: number): void {
    for (;;) {
      let first: Task | undefined;
      let at = Infinity;
      for (const task of this.#tasks) {
        const next = task.nextAt;
        if (next < at) [first, at] = [task, next];
      }
      if (first === undefined || at > ran) return;
      first.advance(at);
      // A moment that rounding puts before its write: whoever looks next makes it.
      if (first.nextAt === at) return;
    }
  }

  /** Counts the running time up to a moment, at one pace. */
  #count(now: number): void {
    if (now <= this.#at) return;
    this.#at = now;
    if (!this.#running) return;
    const allowed = this.#ring !== null
      ? ringTime(this.#ring, now) - ringTime(this.#ring, this.#paceSince)
      : sliceTime(this.#throttle, this.#paceSince, now);
    this.#ran = this.#ranThen + allowed * this.#share;
    this.#held = this.#heldThen + (now - this.#paceSince - allowed);
  }

  /** From the moment that has been reached on the guest runs at another pace. */
  #changePace(): void {
    this.#paceSince = this.#at;
    this.#ranThen = this.#ran;
    this.#heldThen = this.#held;
  }

  /** Says that a sync has read the log at a moment. */
  synced(now: number): void {
    this.advance(now);
    for (const task of this.#tasks) task.synced(this.#ran);
  }

  /** Has the host leave this share of a processor to each vCPU from a moment on. */
  setShare(share: number, now: number): void {
    this.advance(now);
    this.#changePace();
    this.#share = share;
  }

  /** Holds all vCPUs up for a while from a moment on. */
  stall(now: number, micros: number): void {
    this.advance(now);
    this.#at = now + micros;
    this.#changePace();
  }

  /** Starts or stops all vCPUs at a moment. */
  setRunning(running: boolean, now: number): void {
    this.advance(now);
    this.#changePace();
    this.#running = running;
  }

  /** Its process ends at a moment: however late somebody asks, the guest has run and written until then. */
  end(now: number): void {
    this.advance(now);
    this.#at = Infinity;
  }

  /**
   * Throttles all vCPUs from a moment on.
   *
   * @param percent 0 for none; 1 to 99.
   * @param rearms Whether the timer starts anew with each change, as the museum's throttle-timer-rearmed has it.
   * @see QEMU system/cpu-throttle.c
   */
  setThrottle(percent: number, now: number, rearms = false): void {
    this.advance(now);
    this.#changePace();
    this.#slowdown = this.slowdownPercent;
    this.#throttlePercent = percent;
    if (rearms && percent > 0) {
      this.#throttle = { ticking: 0, since: now };
      this.#nextThrottle = { ticking: percent, since: now + throttlePeriod(percent) };
      return;
    }
    const { ticking } = this.#throttle;
    // The first sleep comes at once and the end of the throttle too; a change is picked up by the next tick.
    if (percent === 0 || ticking === 0) {
      this.#throttle = { ticking: percent, since: now };
      this.#nextThrottle = null;
      return;
    }
    const { since } = this.#throttle;
    const period = throttlePeriod(ticking);
    this.#nextThrottle = { ticking: percent, since: since + Math.ceil((now - since) / period) * period };
  }

  /**
   * When the vCPUs can next be asked for something: at once, unless a throttle has put them to sleep.
   *
   * @see QEMU accel/tcg/tcg-all.c and system/memory.c (tcg_log_global_after_sync waits for every vCPU)
   */
  awakeAt(now: number): number {
    this.advance(now);
    if (this.#ring !== null && this.#running) {
      const { fill, sleep, since } = this.#ring;
      const elapsed = (now - since) % (fill + sleep);
      return elapsed < fill ? now : now + fill + sleep - elapsed;
    }
    const { ticking, since } = this.#throttle;
    if (!this.#running || ticking === 0) return now;
    const period = throttlePeriod(ticking);
    const tick = since + Math.floor((now - since) / period) * period;
    return Math.max(now, tick + period - TIMESLICE);
  }
}

/** A throttle's ticks: its percentage, and the moment of one tick. */
interface Ticks {
  readonly ticking: number;
  readonly since: number;
}

/** Running time up to a moment under a dirty limit: a ring's worth, then the sleep. */
function ringTime(
  { fill, sleep, since }: { readonly fill: number; readonly sleep: number; readonly since: number },
  moment: number,
): number {
  const elapsed = Math.max(0, moment - since);
  const rounds = Math.floor(elapsed / (fill + sleep));
  return rounds * fill + Math.min(fill, elapsed - rounds * (fill + sleep));
}

/** The time between two ticks of a throttle: it grows so that the vCPU runs one slice of each. */
function throttlePeriod(percent: number): number {
  return TIMESLICE * 100 / (100 - percent);
}

/** Running time between two moments: 10 ms of each 10 / (1 - percent) ms, the sleep first. */
function sliceTime({ ticking, since }: Ticks, from: number, to: number): number {
  if (ticking === 0) return to - from;
  const period = throttlePeriod(ticking);
  const until = (moment: number): number => {
    const elapsed = moment - since;
    const rounds = Math.floor(elapsed / period);
    return rounds * TIMESLICE + Math.max(0, elapsed - rounds * period - (period - TIMESLICE));
  };
  return until(to) - until(from);
}

/** The phases of each task, with a stream of chance of its own. */
export function tasksOf({ workload, seed }: Scenario): { phases: readonly Phase[]; random: RandomStream }[] {
  const tasks = new Map<number, Phase[]>();
  for (const phase of workload) tasks.set(phase.task, [...(tasks.get(phase.task) ?? []), phase]);
  return [...tasks].sort(([a], [b]) => a - b).map(([task, phases]) => (
    { phases, random: new RandomStream(seed, `guest/${task}`) }
  ));
}
