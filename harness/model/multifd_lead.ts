/**
 * multifd: how far the migration thread gets ahead of its channels.
 *
 * The rate limit counts a packet when it has been written. What has been handed over and not yet written when the limit
 * is passed is what a cycle sends too much: nothing if each channel gets the processor as soon as it is waked, a packet
 * for each channel if they all have to wait for it. Which of the two it is decides the host's scheduler, anew for each
 * burst of hand-overs.
 *
 * @see QEMU migration/multifd.c (multifd_send, multifd_send_thread) and facts/measured.md
 * @module
 */
import type { RandomStream } from "../base/mod.ts";
import {
  MULTIFD_LEAD,
  MULTIFD_LEAD_FIRST_OF_TWO,
  MULTIFD_LEAD_FIRST_PASS,
  MULTIFD_LEAD_OF_LONG,
  MULTIFD_LEAD_OF_TWO,
} from "./calibration_multifd.ts";
import { quantile } from "./host.ts";

/** Hand-overs so far apart belong to different bursts, in microseconds: a channel has slept in between. */
const BURST_MICROS = 10_000;
/**
 * After so many hand-overs of a burst every channel has a packet waiting, whatever the lead was at first: threads that
 * run all the time are no longer preferred to the one that waits for them (multifd-2ch, multifd-8ch: bursts of 40 and
 * of 60 packets end with one in every channel; two-in-a-row-multifd: of 30, most of them do).
 */
const HAND_OVERS_TO_FULL = 72;
/**
 * So many leave the lead of three channels and more as it was at first, then chance decides anew: cycles of eight packets
 * and fewer have no lead in four of ten first passes, those of eleven and more in one of 23.
 */
const HAND_OVERS_SPARED = 8;
/**
 * After so many every burst of two channels in the first pass has a packet waiting: bursts of five have none in a third of
 * the cycles, those of eight and of thirty at least one (two-in-a-row-multifd, multifd-autoconverge of both versions).
 */
const HAND_OVERS_TO_ONE = 7;
/** The tables give whole percents. */
const PERCENT = 100;

/** The lead of one migration's thread. */
export class MultifdLead {
  #lastHandOver = -Infinity;
  #handOvers = 0;
  #lead = 0;

  /** @param random A stream of chance for this alone. */
  constructor(readonly channels: number, readonly random: RandomStream) {}

  /**
   * How many packets may be unwritten when the thread goes on after a hand-over at a moment.
   *
   * @param isFirstPass Whether the destination receives its pages for the first time.
   */
  after(now: number, isFirstPass: boolean): number {
    const { channels } = this;
    // Who hands a packet to the only channel has waited for its last one: one is in flight (in 145 of 146 cycles).
    if (channels === 1) return 1;
    if (now - this.#lastHandOver > BURST_MICROS) {
      const table = channels <= 2
        ? isFirstPass ? MULTIFD_LEAD_FIRST_OF_TWO : MULTIFD_LEAD_OF_TWO
        : isFirstPass
        ? MULTIFD_LEAD_FIRST_PASS
        : MULTIFD_LEAD;
      this.#lead = this.#draw(table);
      this.#handOvers = 0;
    }
    this.#lastHandOver = now;
    const handOvers = this.#handOvers++;
    if (handOvers === HAND_OVERS_SPARED && channels > 2) {
      this.#lead = Math.max(this.#lead, this.#draw(MULTIFD_LEAD_OF_LONG));
    }
    const least = channels <= 2 && isFirstPass && handOvers >= HAND_OVERS_TO_ONE ? 1 : 0;
    return Math.max(this.#lead, least) + Math.floor(handOvers * channels / HAND_OVERS_TO_FULL);
  }

  #draw(table: typeof MULTIFD_LEAD): number {
    return Math.round(quantile(table, this.random.unit()) / PERCENT * this.channels);
  }
}
