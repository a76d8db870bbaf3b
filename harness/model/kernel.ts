/**
 * Virtual time, and the threads that live in it.
 *
 * A thread is a generator: it computes, spends time on its own clock, and yields when something of another thread
 * may come first. The kernel always resumes the thread whose moment is earliest, and of equals the one that asked
 * first, so a run is the same on every machine. A thread may run ahead of the others up to the kernel's `horizon`
 * without yielding; that is what makes the page loop cheap.
 *
 * @module
 */
import type { EventName, TraceRecorder, Vocabulary } from "../trace/mod.ts";

/** What a thread's generator yields: the moment to resume at, or nothing when a {@linkcode Signal} will wake it. */
export type Routine<T = void> = Generator<number, T, void>;

/** Later than everything: never. */
const NEVER = Infinity;
/** How often threads may take turns at one moment: far more than any migration needs. */
const TURNS_MAX = 1_000_000;

/** One of QEMU's threads. `now` is its own clock, in microseconds since the start of the run. */
export class Thread {
  now = 0;
  /** Set while it is parked in the kernel's queue. */
  wakeAt = NEVER;
  routine: Routine | undefined;
  /** Whether the last wait ended because of a signal rather than its time. */
  signalled = false;
  /** The thread behind it in the kernel's queue. */
  next: Thread | null = null;

  constructor(
    readonly kernel: Kernel,
    /** QEMU's name for it, such as `mig/src/main`. */
    readonly name: string,
    /** The id in the trace. */
    readonly id: number,
    readonly recorder: TraceRecorder | null,
  ) {}

  /** Traces an event at the thread's moment. */
  trace<N extends EventName>(name: N, args: Vocabulary[N]): void {
    if (this.recorder !== null) this.recorder.emit(Math.floor(this.now), this.id, name, args);
  }

  /** Lets time pass on this thread alone. */
  spend(micros: number): void {
    this.now += micros;
  }

  /** QEMU's realtime clock in whole milliseconds. */
  get ms(): number {
    return this.kernel.msAt(this.now);
  }

  /** Whether its process has been killed. */
  get isKilled(): boolean {
    return this.kernel.hasKilled(this);
  }

  /** Whether another thread has something to do before this thread's moment: it is to yield `now`. */
  get isAhead(): boolean {
    return this.now > this.kernel.horizon;
  }

  /** Lets every other thread that has something to do before this thread's moment do it first. */
  *reach(): Routine {
    if (this.isAhead) yield this.now;
  }

  /** Sleeps until a moment. */
  *sleepUntil(at: number): Routine {
    if (at > this.now) this.now = at;
    yield this.now;
  }
}

/** Something threads wait for: a semaphore's post, a message, a socket's end. Wakes all that wait. */
export class Signal {
  /** Emptied by count: an array whose length is set to 0 gives its memory away, to be asked for again at once. */
  readonly #waiting: Thread[] = [];
  #count = 0;

  /**
   * Wakes every waiting thread, at the earliest at `at`. Whoever raises it may be ahead of the others, so a thread that
   * waits no longer than that is left to its own moment.
   */
  raise(at: number): void {
    let left = 0;
    // Nobody runs, and so nobody waits anew, before all of them are parked.
    for (let index = 0; index < this.#count; index++) {
      const thread = this.#waiting[index];
      if (thread === undefined) continue;
      if (thread.wakeAt <= at) {
        this.#waiting[left++] = thread;
        continue;
      }
      thread.signalled = true;
      thread.kernel.park(thread, at > thread.now ? at : thread.now);
    }
    this.#count = left;
  }

  /**
   * Waits for the signal, or until a moment.
   *
   * @param until Infinity to wait without end.
   * @returns Whether the signal came.
   */
  *wait(thread: Thread, until = NEVER): Routine<boolean> {
    yield this.enter(thread, until);
    return this.leave(thread);
  }

  /**
   * Begins a wait, for who waits so often that a generator for each is too dear: it yields what this returns, and then
   * leaves.
   */
  enter(thread: Thread, until: number): number {
    thread.signalled = false;
    this.#waiting[this.#count++] = thread;
    return until > thread.now ? until : thread.now;
  }

  /** Ends a wait. @returns Whether the signal came. */
  leave(thread: Thread): boolean {
    if (thread.signalled) return true;
    const waiting = this.#waiting;
    const at = waiting.indexOf(thread);
    if (at >= 0 && at < this.#count) {
      waiting.copyWithin(at, at + 1, this.#count);
      this.#count--;
    }
    return false;
  }
}

/** A lock that one thread holds at a time: QEMU's big lock. Waiting threads get it in the order they asked. */
export class Lock {
  #owner: Thread | null = null;
  /** When it was last let go, on the clock of the thread that did; that clock may have been ahead of the others. */
  #freeAt = 0;
  readonly #queue: { thread: Thread; turn: Signal }[] = [];

  /** Takes the lock if that needs no waiting, neither for the thread's moment nor for another thread. */
  take(thread: Thread): boolean {
    if (this.#owner !== null || thread.isAhead || thread.now < this.#freeAt) return false;
    this.#owner = thread;
    return true;
  }

  *acquire(thread: Thread): Routine {
    if (thread.isAhead) yield thread.now;
    while (this.#owner === null && thread.now < this.#freeAt) yield* thread.sleepUntil(this.#freeAt);
    if (this.#owner === null) {
      this.#owner = thread;
      return;
    }
    const turn = new Signal();
    this.#queue.push({ thread, turn });
    while (this.#owner !== thread) yield* turn.wait(thread);
  }

  release(thread: Thread): void {
    if (this.#owner !== thread) throw new Error(`${thread.name} releases a lock that it does not hold`);
    this.#freeAt = thread.now;
    const next = this.#queue.shift();
    this.#owner = next?.thread ?? null;
    next?.turn.raise(thread.now);
  }

  /** Lets the lock go, and lets who asked for it until this moment go first. */
  *handOver(thread: Thread): Routine {
    // Who asks before this moment is to find the lock taken: ahead of its time the thread would let it go unseen.
    yield* thread.reach();
    this.release(thread);
    yield thread.now;
  }
}

/** The scheduler: a queue of parked threads, ordered by the moment they resume at. */
export class Kernel {
  /** The moment of the thread that runs now. */
  now = 0;
  /** The earliest moment at which any other thread resumes: a thread may run up to it without asking. */
  horizon = NEVER;
  #survivor: Thread | null = null;

  /** @param clockPhase How long before the start QEMU's clock of milliseconds went on to the next one, in microseconds. */
  constructor(readonly clockPhase = 0) {}

  /** What QEMU's realtime clock of whole milliseconds shows at a moment. */
  msAt(moment: number): number {
    return Math.floor((moment + this.clockPhase) / 1000);
  }

  /** The queue: a handful of threads live at a time, so a list in order beats a heap. */
  #first: Thread | null = null;

  /** Starts a thread at a moment. */
  spawn(thread: Thread, routine: Routine, at: number): void {
    thread.routine = routine;
    thread.now = at;
    this.park(thread, at);
  }

  /** Puts a thread into the queue, or moves it there. */
  park(thread: Thread, at: number): void {
    if (thread.wakeAt !== NEVER) this.#unpark(thread);
    if (this.hasKilled(thread)) return;
    thread.wakeAt = at;
    if (at === NEVER) return;
    let before: Thread | null = null;
    let after = this.#first;
    while (after !== null && after.wakeAt <= at) {
      before = after;
      after = after.next;
    }
    thread.next = after;
    if (before === null) this.#first = thread;
    else before.next = thread;
    if (at < this.horizon) this.horizon = at;
  }

  /** Takes a thread out of the queue. */
  #unpark(thread: Thread): void {
    if (this.#first === thread) {
      this.#first = thread.next;
    } else {
      let before = this.#first;
      while (before !== null && before.next !== thread) before = before.next;
      if (before !== null) before.next = thread.next;
    }
    thread.next = null;
    thread.wakeAt = NEVER;
  }

  /** Ends every thread but one, where it stands: its process is killed. */
  killAllBut(survivor: Thread): void {
    this.#survivor = survivor;
    for (let thread = this.#first; thread !== null;) {
      const { next } = thread;
      if (thread !== survivor) {
        thread.routine = undefined;
        this.#unpark(thread);
      }
      thread = next;
    }
  }

  /** Whether a thread was among those that were killed. */
  hasKilled(thread: Thread): boolean {
    return this.#survivor !== null && thread !== this.#survivor;
  }

  /** Whether any thread besides these has something left to do. */
  hasMoreThan(threads: readonly Thread[]): boolean {
    for (let thread = this.#first; thread !== null; thread = thread.next) {
      if (!threads.includes(thread)) return true;
    }
    return false;
  }

  /**
   * Runs until no thread has anything left to do, or until `limit`.
   *
   * @returns Whether it came to its end before the limit.
   * @throws {Error} If threads wake each other without end and no time passes, which is a defect of the model.
   */
  run(limit: number): boolean {
    for (let turns = 0;; turns++) {
      const thread = this.#first;
      if (thread === null) return true;
      const { wakeAt } = thread;
      if (wakeAt > limit) return false;
      this.#unpark(thread);
      if (wakeAt > this.now) turns = 0;
      if (turns > TURNS_MAX) throw new Error(`Threads spin at ${this.now} us: ${thread.name} is the next`);
      this.now = wakeAt;
      if (thread.now < wakeAt) thread.now = wakeAt;
      this.horizon = this.#first?.wakeAt ?? NEVER;
      if (this.horizon > limit) this.horizon = limit;
      const step = thread.routine?.next();
      if (step !== undefined && step.done !== true) this.park(thread, step.value);
    }
  }
}
