/**
 * Compares many goldens on all cores: who is done takes the next few.
 *
 * The process itself works from the start. Others are started when there are very many, or when there turns out to be
 * work for them, for it takes some tenths of a second until one can begin. What is found does not depend on who found it.
 *
 * @module
 */
import { CommandError } from "./command.ts";
import { letYoungGrow } from "./memory.ts";
import { type Compared, compareOne, type Folders } from "./golden_one.ts";

const WORKER = new URL("golden_worker.ts", import.meta.url);

/** After so long there is enough work to share. */
const ALONE_MS = 150;
/** So many are enough work from the start: the smallest of them take that long. */
const MANY = 256;
/** How many goldens are taken at once. */
const TAKEN = 16;
/** Places of the counters: goldens that were taken, and workers that began to take any. */
const NEXT = 0;
const BEGUN = 1;

/** Work that several share. */
export interface Work {
  readonly folders: Folders;
  readonly names: readonly string[];
  readonly digests: boolean;
  readonly counters: Int32Array;
}

/** What one of them found. */
export interface Share {
  /** By the number of the name. */
  readonly compared: readonly (readonly [at: number, compared: Compared])[];
  /** The first that could not be compared, in one sentence; it took no more after that. */
  readonly error: { readonly at: number; readonly message: string } | undefined;
}

/** Says that a worker is there and takes its share. */
export function joinIn(work: Work): Share {
  Atomics.add(work.counters, BEGUN, 1);
  return takeShare(work);
}

/** @param pause Called now and then, with how many are left. */
function takeShare({ folders, names, digests, counters }: Work, pause?: (left: number) => void): Share {
  const compared: [number, Compared][] = [];
  for (;;) {
    const from = Atomics.add(counters, NEXT, TAKEN);
    for (let at = from; at < Math.min(from + TAKEN, names.length); at++) {
      try {
        compared.push([at, compareOne(folders, names[at] as string, digests)]);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        // What comes before was taken before, and is compared whatever happens here: the first error is always found.
        Atomics.store(counters, NEXT, names.length);
        return { compared, error: { at, message: error.message } };
      }
    }
    if (from + TAKEN >= names.length) return { compared, error: undefined };
    pause?.(names.length - from - TAKEN);
  }
}

/**
 * Compares goldens, in the order of the names.
 *
 * @param cores How many take part, this process included.
 * @throws {CommandError} If a scenario cannot be read or run: the first of them.
 */
export async function compareShared(
  work: Omit<Work, "counters">,
  cores: number = navigator.hardwareConcurrency,
  aloneMs: number = ALONE_MS,
): Promise<Compared[]> {
  const counters = new Int32Array(new SharedArrayBuffer(8));
  const shared = { ...work, counters };
  const start = performance.now();
  const helpers: Helper[] = [];
  const call = (left: number): void => {
    const isEarly = work.names.length < MANY && performance.now() - start < aloneMs;
    if (helpers.length > 0 || isEarly) return;
    for (let count = 1; count < Math.min(cores, left / TAKEN); count++) helpers.push(new Helper(shared));
  };
  if (work.names.length >= MANY) letYoungGrow();
  call(work.names.length);
  const own = takeShare(shared, call);
  try {
    // Who has not begun when all is taken finds nothing to do.
    const begun = Atomics.load(counters, BEGUN) > 0;
    const shares = [own, ...begun ? await Promise.all(helpers.map(({ share }) => share)) : []];
    const [first] = shares.flatMap(({ error }) => error ?? []).sort((a, b) => a.at - b.at);
    if (first !== undefined) throw new CommandError(first.message);
    const found: Compared[] = [];
    for (const { compared } of shares) for (const [at, one] of compared) found[at] = one;
    return found;
  } finally {
    for (const helper of helpers) helper.end();
  }
}

/** A worker that takes a share. */
class Helper {
  readonly #worker = new Worker(WORKER, { type: "module" });
  readonly share: Promise<Share>;

  constructor(work: Work) {
    const { promise, resolve, reject } = Promise.withResolvers<Share>();
    this.share = promise;
    this.#worker.onmessage = ({ data }: MessageEvent<Share>) => resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`A worker that compares goldens failed: ${event.message}`));
    };
    this.#worker.postMessage(work);
  }

  end(): void {
    this.#worker.terminate();
  }
}
