/**
 * A series that stays within a bound however long the run is: rows of numbers, thinned when there are too many.
 *
 * Thinning keeps, of each group of neighbouring rows, the row with the smallest and the row with the largest value of the
 * lead column, so that a peak is never smoothed away. How much was thinned is told with the rows.
 *
 * @module
 */

/** Rows that are kept unless told otherwise; a run of ten minutes has some 6000 cycles. */
export const ROWS_MAX = 8192;

/** Rows as columns of equal length; NaN where a value is not known. */
export interface Series {
  readonly columns: readonly (readonly number[])[];
  /** Rows that were given in all. */
  readonly given: number;
  /** Neighbouring rows of which two are kept; 1 when all are kept. */
  readonly group: number;
}

/** Takes rows one by one, in bounded memory. */
export class BoundedSeries {
  readonly #columns: number[][];
  readonly #lead: number;
  readonly #rowsMax: number;
  /** Rows of the group that is being collected. */
  readonly #pending: number[][] = [];
  #group = 1;
  #given = 0;

  /**
   * @param width Columns of a row.
   * @param lead The column whose extremes survive.
   * @param rowsMax A power of two, 4 or more.
   */
  constructor(width: number, lead: number, rowsMax: number = ROWS_MAX) {
    this.#columns = Array.from({ length: width }, () => []);
    this.#lead = lead;
    this.#rowsMax = rowsMax;
  }

  /** Takes a row; the first column is its moment. */
  push(...row: number[]): void {
    this.#given++;
    if (this.#group === 1) this.#keep(row);
    else {
      this.#pending.push(row);
      if (this.#pending.length < this.#group) return;
      for (const kept of extremes(this.#pending, this.#lead)) this.#keep(kept);
      this.#pending.length = 0;
    }
    if ((this.#columns[0]?.length ?? 0) >= this.#rowsMax) this.#thin();
  }

  /** What is kept, with the first column shifted. Rows of a group that is not full are all kept. */
  series(origin = 0): Series {
    const columns = this.#columns.map((column, at) => [
      ...column,
      ...this.#pending.map((row) => row[at] as number),
    ]);
    columns[0] = (columns[0] ?? []).map((moment) => moment - origin);
    return { columns, given: this.#given, group: this.#group };
  }

  #keep(row: readonly number[]): void {
    for (const [at, column] of this.#columns.entries()) column.push(row[at] ?? NaN);
  }

  /** Two of every four rows go. A group of one row has one kept row, any larger one two. */
  #thin(): void {
    const rows = (this.#columns[0] ?? []).map((_, index) =>
      this.#columns.map((column) => column[index] as number)
    );
    for (const column of this.#columns) column.length = 0;
    for (let at = 0; at < rows.length; at += 4) {
      for (const row of extremes(rows.slice(at, at + 4), this.#lead)) this.#keep(row);
    }
    this.#group = this.#group === 1 ? 4 : this.#group * 2;
  }
}

/** The rows with the smallest and the largest lead, in their order; one row when they are the same. */
function extremes(rows: readonly number[][], lead: number): number[][] {
  let [least, most] = [0, 0];
  for (const [index, row] of rows.entries()) {
    const value = row[lead] as number;
    // A NaN is no extreme, so anything beats it.
    if (!(value >= (rows[least]?.[lead] as number))) least = Number.isNaN(value) ? least : index;
    if (!(value <= (rows[most]?.[lead] as number))) most = Number.isNaN(value) ? most : index;
  }
  const kept = least === most
    ? [rows[least]]
    : least < most
    ? [rows[least], rows[most]]
    : [rows[most], rows[least]];
  return kept.filter((row) => row !== undefined);
}

/** A sentence on what was thinned; empty when nothing was. */
export function describeThinning(what: string, { given, group, columns }: Series): string {
  if (group === 1) return "";
  return `${what}: of ${given} points ${
    columns[0]?.length ?? 0
  } are drawn, the lowest and the highest of every ${group} neighbours`;
}
