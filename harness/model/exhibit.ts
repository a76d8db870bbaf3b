/**
 * One bug of the museum: what is told of it.
 *
 * @module
 */

/** The commit that mended the bug, in QEMU's repository; read there. */
export interface Commit {
  readonly hash: string;
  /** Day on which it was written. */
  readonly date: string;
  readonly subject: string;
}

/** One bug. */
export interface Exhibit {
  readonly id: string;
  /** What went wrong, in a few words. */
  readonly title: string;
  /** What QEMU did, and what came of it. */
  readonly wrong: string;
  /** The releases that had it, as far as the commits tell. */
  readonly versions: string;
  readonly mended: Commit;
  /** Where the switch is in the model. */
  readonly where: string;
  /** How the re-creation differs from the bug; absent where it does not. */
  readonly recreated?: string;
}

/** A commit by hash, day and subject. */
export const BY = (hash: string, date: string, subject: string): Commit => ({ hash, date, subject });
