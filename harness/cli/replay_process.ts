/**
 * Tries findings again in a process of its own: a case that once killed its worker does not take the campaign with it.
 *
 * @module
 */
import type { CaseFiles } from "../../fuzz/mod.ts";
import { HEAP_MB } from "./campaign_worker.ts";
import { Replayer, type Replaying, WORKER } from "./replay_case.ts";
import { WorkerChild, workerProgram } from "./worker_child.ts";

/** A replayer in a process of its own where this one may start processes, and else on a thread of this one. */
export function replayerFor(caseMs: number): Replaying {
  const program = workerProgram();
  return program === undefined ? new Replayer(caseMs) : new ReplayProcess(program, caseMs);
}

/** Tries one case after the other in a process that starts with the first, and anew when it dies. */
export class ReplayProcess implements Replaying {
  #child: WorkerChild | undefined;

  /**
   * @param program What the process is run with.
   * @param caseMs How long a case may take, in milliseconds.
   * @param module The module of the worker; fuzz_worker.ts unless given.
   * @param heapMb The heap that a case may fill, in MB.
   */
  constructor(
    readonly program: string,
    readonly caseMs: number,
    readonly module: URL = WORKER,
    readonly heapMb: number = HEAP_MB,
  ) {}

  async replay(target: string, files: CaseFiles): Promise<string | undefined> {
    const child = this.#child ??= this.#start();
    child.say({ replay: { target, files } });
    const answer = await child.hear();
    if (answer === undefined) {
      this.#child = undefined;
      return `Its worker died: ${await child.ending()}`;
    }
    if ("replayed" in answer) return answer.replayed ?? undefined;
    throw new Error("error" in answer ? answer.error : "A fuzz worker gave no answer");
  }

  #start(): WorkerChild {
    const child = new WorkerChild(this.program, this.heapMb);
    child.say({ begin: { module: this.module.href, caseMs: this.caseMs } });
    return child;
  }

  async end(): Promise<void> {
    await this.#child?.end();
    this.#child = undefined;
  }
}
