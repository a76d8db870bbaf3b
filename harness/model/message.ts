/**
 * What travels in the migration stream, as far as the destination's behaviour depends on it.
 *
 * Sizes on the wire are accounted where a message is written; here is only what it means.
 *
 * @see facts/precopy.md 2.9
 * @module
 */

/** Commands of the stream and their numbers. */
export const COMMANDS = {
  OPEN_RETURN_PATH: 1,
  PING: 2,
  SWITCHOVER_START: 11,
} as const;
/** The name of a command, as the destination's trace prints it. */
export type CommandName = keyof typeof COMMANDS;

/** QEMU_VM section types. */
export const SECTION = { EOF: 0, START: 1, PART: 2, END: 3, FULL: 4, COMMAND: 8 } as const;

/** Sections that RAM comes in. */
export type RamSection = typeof SECTION.START | typeof SECTION.PART | typeof SECTION.END;

/** One message of the stream. */
export type Message =
  | { readonly kind: "header" }
  | { readonly kind: "ram-start" }
  | { readonly kind: "ram-section"; readonly type: typeof SECTION.PART | typeof SECTION.END }
  | { readonly kind: "ram-section-end"; readonly type: RamSection }
  /** The channels' packets up to here must be there (RAM_SAVE_FLAG_MULTIFD_FLUSH, or the end of a section). */
  | { readonly kind: "multifd-flush" }
  | {
    readonly kind: "command";
    readonly command: CommandName;
    readonly length: number;
    readonly value: number;
  }
  | {
    readonly kind: "device";
    readonly sectionId: number;
    readonly name: string;
    readonly instance: number;
    readonly version: number;
    readonly vmsd: string;
    readonly loadMicros: number;
  }
  | { readonly kind: "eof" }
  | { readonly kind: "vmdesc-end" };
