/**
 * A worker of a campaign as its runner sees it: handed orders, watched, and replaced when a case never ends.
 *
 * @module
 */
import type { NEVER_ENDS, Order, Report } from "../../fuzz/mod.ts";
// Not by way of the module of all: the process of a worker loads the targets on its thread only.
import { Pulse, STAGE } from "../../fuzz/campaign/pulse.ts";

/** How long a case may take: milliseconds are usual, and a machine that is very busy may take a thousand times that. */
export const CASE_MS = 60_000;
/** The heap of a worker that is a process, in MB, on any machine: V8's own bound where there is memory enough. */
export const HEAP_MB = 4096;
/** How long a worker may take over the case under way when it is told to stop; a case takes milliseconds. */
export const STOP_WITHIN_MS = 3000;

/** What a worker needs of its campaign. */
export interface Overseer {
  /** The module that the worker runs. */
  readonly module: URL;
  /** How long a case may take, in milliseconds. */
  readonly caseMs: number;
  /** The heap of a worker that is a process, in MB; {@linkcode HEAP_MB} unless given. */
  readonly heapMb?: number;
  /** A journal that no other worker has; `undefined` when nothing is kept. */
  readonly journal: () => string | undefined;
  readonly take: (report: Report) => void;
}

/** What a worker is to do. */
export type Task = Omit<Order, "pulse" | "journal">;

/** A worker, wherever it runs. */
export interface Hand {
  readonly stopped: boolean;
  /** Does a task, whatever becomes of its cases; returns when it is done or was stopped. */
  run(task: Task): Promise<void>;
  /** Ends the worker after the case under way. */
  stop(): void;
  /** Ends the worker now. */
  end(): void | Promise<void>;
}

/** One on a thread of this process. */
export class CampaignWorker implements Hand {
  readonly #overseer: Overseer;
  #worker: Worker;
  #pulse = new Pulse();
  #journal: string | undefined;
  #ended = false;
  #stopped = false;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};
  #grace: ReturnType<typeof setTimeout> | undefined;

  constructor(overseer: Overseer) {
    this.#overseer = overseer;
    this.#worker = new Worker(overseer.module, { type: "module" });
    this.#journal = overseer.journal();
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  async run(task: Task): Promise<void> {
    let order: Order = { ...task, ...this.#own() };
    for (;;) {
      const stuck = await this.#obeyed(order);
      if (stuck === undefined) return;
      order = { ...without(order, stuck), ...this.#own() };
    }
  }

  #own(): Pick<Order, "pulse" | "journal"> {
    const pulse = this.#pulse.memory;
    return this.#journal === undefined ? { pulse } : { pulse, journal: this.#journal };
  }

  /** Has the order done; where the worker was, when it had to be ended for a case that does not. */
  #obeyed(order: Order): Promise<Stuck | undefined> {
    let { from } = order.range;
    return new Promise((resolve, reject) => {
      const watch = this.#watch(() => {
        const { index, stage } = this.#pulse;
        // What it had done and not told of: these hold, since failures are told at once.
        const untold = Math.max(0, index - from);
        this.#replace();
        if (stage === STAGE.drawing) {
          return reject(
            new Error(`Case ${index} of fuzz target ${order.target} cannot even be drawn in time`),
          );
        }
        if (untold > 0) this.#overseer.take(onlyTried(order.target, untold, index));
        resolve({ index, from: Math.max(from, index), isShrinking: stage === STAGE.shrinking });
      });
      this.#resolve = () => {
        clearInterval(watch);
        resolve(undefined);
      };
      this.#reject = (error) => {
        clearInterval(watch);
        reject(error);
      };
      this.#listen((report) => {
        from = report.next;
        this.#overseer.take(report);
        if (report.isLast) this.#resolve();
      });
      this.#worker.postMessage(order);
    });
  }

  #listen(take: (report: Report) => void): void {
    this.#worker.onmessage = ({ data }: MessageEvent<Report>) => {
      if (!this.#ended) take(data);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#reject(new Error(`A fuzz worker died: ${event.message}`));
    };
  }

  /** Looks now and then whether the worker still gets on, and calls `stuck` once if it does not. */
  #watch(stuck: () => void): ReturnType<typeof setInterval> {
    const { caseMs } = this.#overseer;
    let [beats, since] = [-1, performance.now()];
    const timer = setInterval(() => {
      // Before its first case it may still be starting, which on a busy machine takes long.
      if (this.#pulse.beats === 0 || this.#pulse.beats !== beats) {
        [beats, since] = [this.#pulse.beats, performance.now()];
      } else if (performance.now() - since >= caseMs && !this.#stopped) {
        clearInterval(timer);
        stuck();
      }
    }, Math.min(1000, caseMs / 4));
    return timer;
  }

  /** Ends the worker in the middle of a case and starts another in its place. */
  #replace(): void {
    this.#worker.onmessage = null;
    this.#worker.terminate();
    this.#worker = new Worker(this.#overseer.module, { type: "module" });
    this.#pulse = new Pulse();
    this.#journal = this.#overseer.journal();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#pulse.stop();
    this.#grace = setTimeout(() => this.end(), STOP_WITHIN_MS);
  }

  end(): void {
    clearTimeout(this.#grace);
    this.#stopped = true;
    if (this.#ended) return;
    this.#ended = true;
    this.#worker.terminate();
    this.#resolve();
  }
}

/** Where a worker was when nothing moved any more. */
interface Stuck {
  readonly index: number;
  /** The first case that is left. */
  readonly from: number;
  readonly isShrinking: boolean;
}

/** The rest of an order, without trying again what does not end. */
function without(order: Order, { index, from, isShrinking }: Stuck): Order {
  const { hopeless, rough, range } = order;
  const rule: typeof NEVER_ENDS = "never-ends";
  return {
    ...order,
    range: { from, to: range.to },
    hopeless: isShrinking ? hopeless : [...hopeless, { index, rule }],
    rough: isShrinking ? [...rough, index] : rough,
  };
}

/** A report that some cases more are tried, of which nothing is to be told. */
export function onlyTried(target: string, tried: number, next: number): Report {
  return { target, tried, reached: [], failures: [], shrinkMs: [], more: [], next, isLast: false };
}
