/**
 * The destination tells the network where the guest is now: at once, and a few times again.
 *
 * @see QEMU net/announce.c (qemu_announce_self, qemu_announce_timer_step)
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import { COSTS } from "./calibration.ts";
import type { Routine, Thread } from "./kernel.ts";

/** Names of the added devices that are network cards. */
const CARDS: Readonly<Record<string, string>> = {
  "virtio-net": "virtio-net-pci",
  "e1000": "e1000",
  "e1000e": "e1000e",
  "rtl8139": "rtl8139",
};
/** QEMU's defaults: milliseconds, and a count. */
const DEFAULTS = { initial: 50, step: 100, max: 550, rounds: 5 } as const;
/** The first card's address; the others count on. */
const MAC_LAST = 0x56;

/** The announcements of one guest. */
export class Announcement {
  readonly #cards: readonly string[];
  readonly #parameters: Scenario["parameters"];

  constructor({ guest, parameters }: Scenario) {
    this.#cards = guest.added_devices.flatMap((name) => CARDS[name] ?? []);
    this.#parameters = parameters;
  }

  /**
   * Tells the tracepoint of a new card's timer, as a process with a virtio-net card starts.
   *
   * @param lacks The section of the device that this process does not have.
   */
  prepare(thread: Thread, lacks: string | null = null): void {
    const lacksCard = lacks?.endsWith("/virtio-net") === true;
    if (this.#cards.includes("virtio-net-pci") && !lacksCard) this.#drop(thread, false);
  }

  /** The first announcement, as part of the switchover. */
  begin(thread: Thread): void {
    this.#drop(thread, false);
    this.#tell(thread);
  }

  /** The announcements that follow, until the process ends; the timer goes its rounds without any card, too. */
  *repeat(thread: Thread, isGone: () => boolean): Routine {
    const rounds = this.#number("rounds");
    for (let round = 1; round < rounds; round++) {
      const wait = Math.min(
        this.#number("initial") + (round - 1) * this.#number("step"),
        this.#number("max"),
      );
      yield* thread.sleepUntil(thread.now + wait * 1000);
      if (isGone()) return;
      this.#tell(thread);
    }
    this.#drop(thread, true);
  }

  #tell(thread: Thread): void {
    for (const [index, card] of this.#cards.entries()) {
      const mac = `52:54:00:12:34:${(MAC_LAST + index).toString(16)}`;
      thread.trace("qemu_announce_self_iter", { id: "_", name: `${card}.0`, mac, skip: 0 });
      thread.spend(COSTS.step * 2);
    }
  }

  #drop(thread: Thread, named: boolean): void {
    thread.trace("qemu_announce_timer_del", { free_named: named, free_timer: false, id: "(null)" });
    thread.spend(COSTS.step * 2);
  }

  #number(name: keyof typeof DEFAULTS): number {
    return Number(this.#parameters[`announce-${name}`] ?? DEFAULTS[name]);
  }
}
