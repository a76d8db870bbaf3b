/**
 * The destinations of a run: one for each migration, since a process that has loaded, or failed to, takes no second
 * stream.
 *
 * @module
 */
import type { TraceRecorder } from "../trace/mod.ts";
import { Announcement } from "./announce.ts";
import { Destination } from "./destination.ts";
import { Thread } from "./kernel.ts";
import { mappedLoadMicros } from "./ram_save_mapped.ts";
import type { Outgoing, ReturnMessage, Source } from "./source.ts";
import type { Transport } from "./transport.ts";

/** Thread id of the first destination's main thread. */
const DESTINATION_TID = 2000;

/** What destinations are made of. */
export interface DestinationsOptions {
  readonly source: Source;
  readonly transport: Transport;
  readonly newRecorder: () => TraceRecorder | null;
}

/** All destinations; the last one is that of the present migration. */
export class Destinations {
  readonly #all: Destination[] = [];
  /** Tells the last of them which migration leads to it; what an earlier one says still goes to its own. */
  #led: { outgoing: Outgoing | null } = { outgoing: null };

  constructor(readonly options: DestinationsOptions) {}

  /** Starts one more process. */
  add(): void {
    const { source, transport, newRecorder } = this.options;
    const { scenario, kernel, profile } = source;
    const thread = new Thread(kernel, "main", DESTINATION_TID + this.#all.length, newRecorder());
    // A member, not a variable that a closure sets: the engine keeps such a variable where quick collections do not
    // look, and with it all of the run, so that memory fills with runs that are over.
    const led: { outgoing: Outgoing | null } = { outgoing: null };
    const own = (): Outgoing | null => led.outgoing;
    this.#led = led;
    this.#all.push(
      new Destination(thread, {
        profile,
        transport,
        switchoverAck: source.has("switchover-ack"),
        announcement: new Announcement(scenario),
        exitOnError: scenario.exit_on_error,
        refuses: scenario.faults.find(({ kind }) => kind === "destination-refuses")?.section ?? null,
        startsGuest: () => own()?.migration.guestRan ?? true,
        reply: (message: ReturnMessage, at: number) => {
          const arrives = at + scenario.link.latency_us;
          own()?.returnPath?.push({ message, arrives, loaded: arrives }, at);
        },
        gone: (at) => {
          own()?.channel.cut(at);
          own()?.multifd?.cut(at);
          own()?.returnPath?.close(at);
        },
      }),
    );
  }

  /** A migration begins that leads to the last of them. */
  connect(outgoing: Outgoing): void {
    this.#led.outgoing = outgoing;
  }

  /** That of the present migration. */
  get current(): Destination {
    const last = this.#all.at(-1);
    if (last === undefined) throw new Error("There is a destination from the start");
    return last;
  }

  /** Starts one, to load what a migration has stored for it. */
  load(destination: Destination, outgoing: Outgoing, now: number): void {
    const { thread } = destination;
    thread.now = now;
    destination.listen();
    const { migration: { ram }, multifd } = outgoing;
    const isMapped = this.options.source.has("mapped-ram");
    outgoing.channel.load(thread.now, isMapped ? mappedLoadMicros(ram, multifd !== null) : 0);
    thread.kernel.spawn(thread, destination.incoming(outgoing), thread.now);
  }

  /** Those of migrations before. */
  get earlier(): readonly Destination[] {
    return this.#all.slice(0, -1);
  }

  /** The operator ends all processes that are left, in good order. */
  quit(now: number): void {
    for (const destination of this.#all) {
      if (destination.dead || destination.status === "none") continue;
      destination.thread.now = Math.max(destination.thread.now, now);
      destination.quit();
    }
  }
}
