/**
 * Quantities with their unit in the type, and the conversions between them.
 *
 * A `Bytes` cannot be passed where `Pages` are asked for. The brand exists for the compiler only: at run time each
 * is a plain number, so hot loops may work on numbers and brand the result once.
 *
 * @module
 */

declare const unit: unique symbol;
/** A number that carries its unit in the type. */
export type Quantity<U extends string> = number & { readonly [unit]: U };

/** A size in bytes; an integer, zero or more. */
export type Bytes = Quantity<"bytes">;
/** A count of guest pages; an integer, zero or more. */
export type Pages = Quantity<"pages">;
/** A moment or a duration in whole microseconds. */
export type Micros = Quantity<"micros">;
/** A duration in whole milliseconds, the unit of QEMU's migration clock. */
export type Millis = Quantity<"millis">;

function quantity<Q extends number>(name: string): (n: number) => Q {
  return (n) => {
    if (Number.isSafeInteger(n) && n >= 0) return n as Q;
    throw new RangeError(`Cannot make ${name} from ${n}: need an integer of zero or more`);
  };
}

/** @throws {RangeError} Unless given an integer of zero or more. */
export const bytes: (n: number) => Bytes = quantity<Bytes>("bytes");
/** @throws {RangeError} Unless given an integer of zero or more. */
export const pages: (n: number) => Pages = quantity<Pages>("pages");
/** @throws {RangeError} Unless given an integer of zero or more. */
export const micros: (n: number) => Micros = quantity<Micros>("microseconds");
/** @throws {RangeError} Unless given an integer of zero or more. */
export const millis: (n: number) => Millis = quantity<Millis>("milliseconds");

/** The page of an x86 guest, in bytes. */
export const PAGE_SIZE = 4096;
