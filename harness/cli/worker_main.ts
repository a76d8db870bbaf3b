/**
 * The process of one worker of a campaign: does what its campaign says on standard input, and tells on standard output.
 *
 * The cases are tried on a thread of it. A case that fills the memory of that thread ends this process and no other.
 *
 * @module
 */
import { FolderLock } from "../files/mod.ts";
import { CampaignWorker, type Task } from "./campaign_worker.ts";
import { Replayer } from "./replay_case.ts";
import {
  type Begin,
  folderOf,
  type FromProcess,
  journalOf,
  messagesOf,
  toLine,
  type ToProcess,
} from "./worker_lines.ts";

function tell(message: FromProcess): void {
  const bytes = toLine(message);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

/** A worker that is made with the first task, and a replayer that is made with the first replay. */
class Duties {
  #worker: CampaignWorker | undefined;
  #replayer: Replayer | undefined;
  #journals = 0;

  constructor(readonly begin: Begin) {}

  async do(message: Exclude<ToProcess, { begin: Begin }>): Promise<FromProcess | undefined> {
    if ("stop" in message) this.#worker?.stop();
    else if ("task" in message) await this.#try(message.task);
    else {
      const { target, files } = message.replay;
      this.#replayer ??= new Replayer(this.begin.caseMs, new URL(this.begin.module));
      return { replayed: await this.#replayer.replay(target, files) ?? null };
    }
    return "task" in message ? { done: true } : undefined;
  }

  #try(task: Task): Promise<void> {
    const { module, caseMs, journal } = this.begin;
    this.#worker ??= new CampaignWorker({
      module: new URL(module),
      caseMs,
      journal: () => journal === undefined ? undefined : journalOf(journal, this.#journals++),
      take: (report) => tell({ report }),
    });
    return this.#worker.run(task);
  }
}

if (import.meta.main) {
  // Who ends the campaign's whole group of processes means the campaign, which will say what is to be done here.
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => {});
  let duties: Duties | undefined;
  const locks: FolderLock[] = [];
  for await (const message of messagesOf<ToProcess>(Deno.stdin.readable)) {
    if ("begin" in message) {
      duties = new Duties(message.begin);
      const { journal } = message.begin;
      // Nobody goes on where its journal ends before the kernel has ended this process.
      if (journal !== undefined) locks.push(await FolderLock.take(folderOf(journal), "shared", () => {}));
      continue;
    }
    // Not waited for: to stop is said while a task is done.
    duties?.do(message).then(
      (answer) => answer === undefined ? undefined : tell(answer),
      (error) => tell({ error: error instanceof Error ? error.message : String(error) }),
    );
  }
  // The campaign is gone.
  Deno.exit(0);
}
