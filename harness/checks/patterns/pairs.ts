/**
 * Evaluator of the pattern that compares what one side sent with what the other took.
 *
 * @module
 */
import type { EventView } from "../../trace/mod.ts";
import { Check, type Host, type Slot } from "../check.ts";
import type { Pairs } from "../pattern.ts";
import { word } from "../select.ts";

/** Entries that are kept one by one, of all migrations of a side together; what is beyond is compared by count and hash. */
const KEPT_MAX = 65536;
const NONE: readonly number[] = [];

/** What one side did in one migration, as hashes with lines and moments. */
class Sequence {
  hashes: readonly number[] = NONE;
  lines: readonly number[] = NONE;
  times: readonly number[] = NONE;
  count = 0;
  /** Hash over all entries, in order. */
  rolling = 0;
  /** Sum of the hashes, whatever the order. */
  sum = 0;
  /** Made with the first entry, since most migrations of a long log have none. */
  #kept: { readonly hashes: number[]; readonly lines: number[]; readonly times: number[] } | undefined;

  /** @param room Whether there is room to keep it. */
  add(hash: number, { line, at }: EventView, room: boolean): void {
    this.count++;
    this.rolling = (Math.imul(this.rolling, 31) + hash) | 0;
    this.sum = (this.sum + hash) | 0;
    // With a gap before it, an entry would be taken for an earlier one.
    if (!room || this.hashes.length + 1 < this.count) return;
    if (this.#kept === undefined) {
      this.#kept = { hashes: [], lines: [], times: [] };
      ({ hashes: this.hashes, lines: this.lines, times: this.times } = this.#kept);
    }
    this.#kept.hashes.push(hash);
    this.#kept.lines.push(line);
    this.#kept.times.push(at);
  }
}

/** Compares k-th with k-th, migration by migration. */
export class PairsCheck extends Check {
  readonly #pattern: Pairs;
  readonly #source: Sequence[] = [];
  readonly #destination: Sequence[] = [];
  /** Entries of each side. */
  readonly #kept = [0, 0];
  /** Whether each migration ended well on its side. */
  readonly sourceEnds: boolean[] = [];
  readonly destinationEnds: boolean[] = [];

  constructor(host: Host, pattern: Pairs) {
    super(host);
    this.#pattern = pattern;
  }

  slots(): readonly Slot[] {
    const { source, sourceArgs, destination, destinationArgs } = this.#pattern;
    return [
      { selector: source, args: sourceArgs, side: "source" },
      { selector: destination, args: destinationArgs, side: "destination" },
    ];
  }

  /** Another run begins: the migrations of one run are told from each other by {@linkcode sideBegins}. */
  override begin(): void {
    super.begin();
    for (const list of [this.#source, this.#destination, this.sourceEnds, this.destinationEnds]) {
      list.length = 0;
    }
    this.#kept.fill(0);
  }

  /** A migration begins on one side. */
  sideBegins(side: "source" | "destination"): void {
    (side === "source" ? this.#source : this.#destination).push(new Sequence());
  }

  on(event: EventView, slot: number, args: readonly number[]): void {
    const sequence = (slot === 0 ? this.#source : this.#destination).at(-1);
    if (sequence === undefined) return;
    let hash = args.length;
    for (const place of args) {
      const value = place < 0 ? this.#valueOf(event.text(~place), slot) : event.number(place);
      hash = (Math.imul(hash, 31) + (value | 0) + Math.floor(value / 4294967296)) | 0;
    }
    const kept = this.#kept[slot] ?? 0;
    sequence.add(hash, event, kept < KEPT_MAX);
    this.#kept[slot] = kept + 1;
  }

  override end(): void {
    if (this.#source.length === 0 || this.#destination.length === 0) return;
    if (this.#source.length !== this.#destination.length) {
      const reason =
        `${this.#source.length} migrations of the source and ${this.#destination.length} of the ` +
        "destination cannot be matched";
      this.doubt = { reason, absent: [] };
      return;
    }
    for (const [index, sent] of this.#source.entries()) {
      const taken = this.#destination[index];
      if (taken === undefined || (sent.count === 0 && taken.count === 0)) continue;
      const both = this.sourceEnds[index] === true && this.destinationEnds[index] === true;
      this.seen += Math.min(sent.count, taken.count);
      if (this.#pattern.anyOrder === true) {
        if (both && (sent.count !== taken.count || sent.sum !== taken.sum)) this.#differ(sent, taken, -1);
        continue;
      }
      const common = Math.min(sent.hashes.length, taken.hashes.length);
      let at = 0;
      while (at < common && sent.hashes[at] === taken.hashes[at]) at++;
      const lacks = sent.count - taken.count;
      const { destinationMayLack = 0 } = this.#pattern;
      if (at < common) this.#differ(sent, taken, at);
      else if (both && (lacks < 0 || lacks > destinationMayLack)) this.#differ(sent, taken, at);
      else if (both && lacks === 0 && sent.rolling !== taken.rolling) this.#differ(sent, taken, -1);
    }
  }

  #valueOf(text: string, slot: number): number {
    const numbers = this.#pattern.destinationNumbers;
    if (slot === 0 || numbers === undefined || !Object.hasOwn(numbers, text)) return word(text);
    return numbers[text] ?? 0;
  }

  #differ(sent: Sequence, taken: Sequence, at: number): void {
    const { source, destination } = this.#pattern;
    const [a, b] = [source[0]?.event ?? "", destination[0]?.event ?? ""];
    const counts = `the source has ${sent.count} of ${a}, the destination ${taken.count} of ${b}`;
    if (at < 0) return this.#unmatched(sent, taken, counts);
    if (at >= taken.lines.length) {
      const line = sent.lines[at];
      if (line === undefined) return this.host.violate(counts, null);
      return this.host.violate(counts, { side: "source", line, name: a }, undefined, sent.times[at]);
    }
    const where = { side: "destination" as const, line: taken.lines[at] ?? 0, name: b };
    const [sentLine, moment] = [sent.lines[at], taken.times[at]];
    if (sentLine === undefined) {
      return this.host.violate(`the source sent only ${sent.count}`, where, undefined, moment);
    }
    const earlier = { side: "source" as const, line: sentLine, name: a };
    this.host.violate(
      `number ${at + 1} differs from what the source sent on its line ${sentLine}`,
      where,
      earlier,
      moment,
    );
  }

  /** Says which one has no equal on the other side, as far as the entries were kept. */
  #unmatched(sent: Sequence, taken: Sequence, counts: string): void {
    const { source, destination } = this.#pattern;
    const places = [
      [sent, taken, "source", source[0]?.event ?? ""],
      [taken, sent, "destination", destination[0]?.event ?? ""],
    ] as const;
    for (const [own, other, side, name] of places) {
      const lone = findLone(own, other);
      const line = own.lines[lone];
      if (line === undefined) continue;
      const note = `${name} of line ${line} has no equal on the other side; ${counts}`;
      return this.host.violate(note, { side, line, name }, undefined, own.times[lone]);
    }
    this.host.violate(counts, null);
  }
}

/** The first entry that the other sequence lacks; -1 when it lacks none that was kept. */
function findLone(own: Sequence, other: Sequence): number {
  const left = new Map<number, number>();
  for (const hash of other.hashes) left.set(hash, (left.get(hash) ?? 0) + 1);
  for (const [index, hash] of own.hashes.entries()) {
    const count = left.get(hash) ?? 0;
    if (count === 0) return index;
    left.set(hash, count - 1);
  }
  return -1;
}
