/**
 * A queue that keeps its room: threads hand each other one message at a time, all the time.
 *
 * An array that is pushed to and shifted gives its memory away whenever it is empty, to ask for it again at once.
 *
 * @module
 */

/** After so many taken items the rest is moved to the front. */
const TAKEN_MAX = 1024;

/** First in, first out. */
export class Queue<T> {
  readonly #items: T[] = [];
  #first = 0;
  #end = 0;

  get isEmpty(): boolean {
    return this.#first === this.#end;
  }

  /** The item that was put in first; undefined when there is none. */
  get first(): T | undefined {
    return this.isEmpty ? undefined : this.#items[this.#first];
  }

  /** The item that was put in last; undefined when there is none. */
  get last(): T | undefined {
    return this.isEmpty ? undefined : this.#items[this.#end - 1];
  }

  push(item: T): void {
    this.#items[this.#end++] = item;
  }

  /** Takes the first item; undefined when there is none. */
  take(): T | undefined {
    if (this.isEmpty) return undefined;
    const item = this.#items[this.#first++];
    if (this.isEmpty) {
      this.#first = 0;
      this.#end = 0;
    } else if (this.#first === TAKEN_MAX) {
      this.#items.copyWithin(0, this.#first, this.#end);
      this.#end -= this.#first;
      this.#first = 0;
    }
    return item;
  }

  /** Takes the last item; undefined when there is none. */
  takeLast(): T | undefined {
    return this.isEmpty ? undefined : this.#items[--this.#end];
  }

  /** The sum of a figure of each item. */
  sum(figure: (item: T) => number): number {
    let sum = 0;
    for (const item of this.#items.slice(this.#first, this.#end)) sum += figure(item);
    return sum;
  }
}
