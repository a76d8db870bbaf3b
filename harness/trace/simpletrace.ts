/**
 * The constants of the simpletrace layout.
 *
 * @see facts/tracing.md c.1
 * @module
 */

/** Half of the number that a file begins with: all ones. */
export const HEADER_ID_WORD = 0xffffffff;
/** The upper half of the magic number 0xf2b177cb0aa429b4. */
export const MAGIC_HIGH = 0xf2b177cb;
/** Its lower half. */
export const MAGIC_LOW = 0x0aa429b4;
/** The lower half of the event number of a record that counts lost ones; the upper half is all ones. */
export const LOST_LOW = 0xfffffffe;
/** QEMU cuts longer strings, without a mark. */
export const STRING_BYTES_MAX = 512;
