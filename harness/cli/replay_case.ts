/**
 * Tries findings again, with an end in sight: a case that once never ended is ended here, too.
 *
 * @module
 */
import type { CaseFiles, Replay, Replayed } from "../../fuzz/mod.ts";
import { CASE_MS } from "./campaign_worker.ts";

/** The module of workers over the project's targets. */
export const WORKER = new URL("fuzz_worker.ts", import.meta.url);

/** Whoever tries findings again. */
export interface Replaying {
  /** What the property says of the case; `undefined` when it holds. */
  replay(target: string, files: CaseFiles): Promise<string | undefined>;
  end(): void | Promise<void>;
}

/** Tries one case after the other on a thread of its own, which starts with the first. */
export class Replayer implements Replaying {
  #worker: Worker | undefined;

  /**
   * @param caseMs How long a case may take, in milliseconds.
   * @param module The module of the worker; fuzz_worker.ts unless given.
   */
  constructor(readonly caseMs: number = CASE_MS, readonly module: URL = WORKER) {}

  replay(target: string, files: CaseFiles): Promise<string | undefined> {
    const worker = this.#worker ??= new Worker(this.module, { type: "module" });
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const giveUp = () => {
        this.end();
        resolve(`It did not end in ${this.caseMs / 1000} s`);
      };
      worker.onmessage = ({ data }: MessageEvent<Replayed>) => {
        clearTimeout(timer);
        if (data.begins) timer = setTimeout(giveUp, this.caseMs);
        else resolve(data.message);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        clearTimeout(timer);
        reject(new Error(`A fuzz worker died: ${event.message}`));
      };
      worker.postMessage({ replay: { target, files } } satisfies Replay);
    });
  }

  end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
