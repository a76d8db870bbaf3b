/**
 * Files that are whole or not there: written aside, synced and renamed; sets of them all or nothing.
 *
 * @module
 */
export * from "./file_system.ts";
export * from "./folder_lock.ts";
export * from "./write_file.ts";
export * from "./write_set.ts";
