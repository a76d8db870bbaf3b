/**
 * A worker of a campaign in a process of its own, as its campaign sees it: handed tasks, and replaced when it dies.
 *
 * V8 ends the whole process when the memory of one of its threads is full, so a case that fills it must be tried in
 * another process than the campaign's. Which case was under way is read off the worker's journal: each mark in it is
 * with the kernel before the next case begins.
 *
 * @module
 */
import { KILLS_ITS_WORKER, underWay } from "../../fuzz/mod.ts";
import {
  type Hand,
  HEAP_MB,
  onlyTried,
  type Overseer,
  STOP_WITHIN_MS,
  type Task,
} from "./campaign_worker.ts";
import { WorkerChild } from "./worker_child.ts";
import { journalOf } from "./worker_lines.ts";

/** Processes that die before they have begun a case: after so many in a row no case is to blame. */
const STARTS_MAX = 3;

/** Where a worker was when it died. */
interface Death {
  /** How it died, in words. */
  readonly how: string;
  /** The first case of which it has not told. */
  readonly told: number;
}

/** One worker, whichever process it is at the moment. */
export class WorkerProcess implements Hand {
  readonly #overseer: Overseer;
  readonly #program: string;
  #child: WorkerChild;
  #journal = "";
  /** The folder of a journal that nobody keeps. */
  #scratch: string | undefined;
  #stopped = false;
  #ended: Promise<void> | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;

  /** @param program What workers are run with. */
  constructor(overseer: Overseer, program: string) {
    this.#overseer = overseer;
    this.#program = program;
    this.#child = this.#start();
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  #start(): WorkerChild {
    const { module, caseMs, heapMb, journal } = this.#overseer;
    const kept = journal();
    if (kept === undefined) {
      this.#forget();
      this.#scratch = Deno.makeTempDirSync();
    }
    this.#journal = kept ?? `${this.#scratch}/journal`;
    const child = new WorkerChild(this.#program, heapMb ?? HEAP_MB);
    child.say({ begin: { module: module.href, caseMs, journal: this.#journal } });
    return child;
  }

  async run(task: Task): Promise<void> {
    const deaths = new Map<number, number>();
    let starts = 0;
    let left = task;
    for (;;) {
      const death = await this.#obeyed(left);
      if (death === undefined || this.#stopped) return;
      const place = this.#place(left, death);
      await this.#child.end();
      this.#child = this.#start();
      if (place === undefined) {
        if (++starts >= STARTS_MAX) throw new Error(`A fuzz worker died: ${death.how}`);
        continue;
      }
      starts = 0;
      const { index, isShrinking } = place;
      const { target } = left;
      const untold = index - death.told;
      if (untold > 0) this.#overseer.take(onlyTried(target, untold, index));
      if (left.hopeless.some((one) => one.index === index)) {
        throw new Error(`Case ${index} of fuzz target ${target} cannot even be drawn: ${death.how}`);
      }
      const isAgain = deaths.has(index);
      deaths.set(index, 1);
      left = { ...left, range: { from: Math.max(death.told, index), to: left.range.to } };
      // The first time the garbage of earlier cases, or another process on the machine, may be to blame.
      if (!isAgain) continue;
      left = isShrinking
        ? { ...left, rough: [...left.rough, index] }
        : { ...left, hopeless: [...left.hopeless, { index, rule: KILLS_ITS_WORKER }] };
    }
  }

  /** Has the task done; how the worker died, if it did. */
  async #obeyed(task: Task): Promise<Death | undefined> {
    let told = task.range.from;
    const child = this.#child;
    child.say({ task });
    for (;;) {
      const message = await child.hear();
      if (message === undefined) return { how: await child.ending(), told };
      if ("report" in message) {
        if (this.#ended !== undefined) continue;
        told = message.report.next;
        this.#overseer.take(message.report);
      } else if ("done" in message) return undefined;
      else if ("error" in message) throw new Error(message.error);
    }
  }

  /** The case of the task that was under way, as the last journal of the process says. */
  #place({ target, range }: Task, { told }: Death): { index: number; isShrinking: boolean } | undefined {
    let text = "";
    for (let thread = 0;; thread++) {
      try {
        text = Deno.readTextFileSync(journalOf(this.#journal, thread));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) break;
        throw error;
      }
    }
    const place = underWay(text, told);
    const isOfTask = place?.target === target && place.index >= told && place.index < range.to;
    return isOfTask ? place : undefined;
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#child.say({ stop: true });
    this.#grace = setTimeout(() => this.end(), STOP_WITHIN_MS * 2);
  }

  end(): Promise<void> {
    clearTimeout(this.#grace);
    this.#stopped = true;
    return this.#ended ??= this.#child.end().then(() => this.#forget());
  }

  #forget(): void {
    if (this.#scratch !== undefined) Deno.removeSync(this.#scratch, { recursive: true });
    this.#scratch = undefined;
  }
}
