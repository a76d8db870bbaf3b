/**
 * The cells of a sweep by number: where each stands on the axes, what it is in words, and where the nearest ones are that
 * converge.
 *
 * @module
 */
import { showValue } from "../format.ts";
import type { SweepData } from "../sweep_page.ts";

/** The grid of a sweep; the first axis counts fastest. */
export class Grid {
  readonly #data: SweepData;
  readonly #strides: readonly number[];

  constructor(data: SweepData) {
    this.#data = data;
    let stride = 1;
    this.#strides = data.axes.map(({ values }) => {
      const own = stride;
      stride *= values.length;
      return own;
    });
  }

  /** The number of the cell at a place on each axis. */
  cell(places: readonly number[]): number {
    return this.#strides.reduce((sum, stride, axis) => sum + stride * (places[axis] ?? 0), 0);
  }

  /** How many values an axis has. */
  length(axis: number): number {
    return this.#data.axes[axis]?.values.length ?? 0;
  }

  /** A value of an axis with its unit. */
  show(axis: number, at: number): string {
    const { unit = "", values = [] } = this.#data.axes[axis] ?? {};
    return showValue(values[at] ?? NaN, unit);
  }

  /**
   * The changes of one knob each that bring a cell over the frontier: the nearest value at which it converges, the others
   * kept.
   */
  nearest(cell: number): { readonly axis: number; readonly cell: number }[] {
    const { axes, state } = this.#data;
    return axes.flatMap(({ values }, axis) => {
      const at = this.at(axis, cell);
      const closest = [...values.keys()].sort((a, b) => Math.abs(a - at) - Math.abs(b - at))
        .map((other) => cell + (other - at) * (this.#strides[axis] ?? 0))
        .find((other) => state[other] === 1);
      return closest === undefined ? [] : [{ axis, cell: closest }];
    });
  }

  /** A cell in words. */
  words(cell: number): string {
    const { axes, state, status, metrics } = this.#data;
    const places = axes.map(({ name }, axis) => `${name} ${this.show(axis, this.at(axis, cell))}`);
    const told = state[cell] === 1
      ? metrics.map(({ name, unit, values }) =>
        `${name.toLowerCase()} ${showValue(values[cell] ?? NaN, unit)}`
      ).slice(0, 2)
      : [];
    const outcome = state[cell] === 1
      ? "converges"
      : state[cell] === 0
      ? `does not converge (${status[cell]})`
      : status[cell] ?? "";
    return [places.join(", "), outcome, ...told].join("; ");
  }

  /** Where a cell stands on an axis. */
  at(axis: number, cell: number): number {
    return Math.floor(cell / (this.#strides[axis] ?? 1)) % this.length(axis);
  }
}
