/**
 * How many bytes of the stream frame what it carries: sections, commands, marks.
 *
 * @see QEMU migration/savevm.c and migration/ram.c
 * @module
 */

/** Magic, version. */
export const HEADER_BYTES = 8;
/** Section type and length of the configuration section, before the machine's name. */
export const CONFIGURATION_BYTES = 5;
/** Type and section id. */
export const PART_HEADER_BYTES = 5;
/** Footer mark and section id. */
export const FOOTER_BYTES = 5;
/** Type, section id, length of the idstr, instance and version, without the idstr. */
export const FULL_HEADER_BYTES = 14;
/** The end mark of a stretch of RAM records. */
export const EOS_BYTES = 8;
/** RAM_SAVE_FLAG_MULTIFD_FLUSH. */
export const MULTIFD_FLUSH_BYTES = 8;
/** Type, command and length of a command, before its payload. */
export const COMMAND_BYTES = 5;
/** The byte that ends the sections. */
export const EOF_BYTES = 1;
/** Type and length of the description, before the JSON. */
export const VMDESC_HEADER_BYTES = 5;
