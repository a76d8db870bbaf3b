/**
 * Traces: the event vocabulary of each QEMU version, readers and writers of logs.
 *
 * @module
 */
export * from "./catalog.ts";
export * from "./catalogs.ts";
export * from "./chrome_trace.ts";
export * from "./convert.ts";
export * from "./declaration.ts";
export * from "./diff_catalogs.ts";
export * from "./event.ts";
export * from "./guess_catalog.ts";
export { GunzipReader } from "./gunzip.ts";
export * from "./json_lines.ts";
export { readNumeral, toDeclared } from "./numeral.ts";
export * from "./parse_declarations.ts";
export * from "./parse_format.ts";
export * from "./parse_payload.ts";
export * from "./read_framed.ts";
export * from "./read_log.ts";
export * from "./read_simpletrace.ts";
export * from "./read_stream.ts";
export * from "./record_trace.ts";
export * from "./simpletrace.ts";
export * from "./vocabulary.ts";
export * from "./skew_watch.ts";
export * from "./split_rules.ts";
export * from "./trace_census.ts";
export * from "./trace_format.ts";
export * from "./tracetool_rules.ts";
export * from "./twin.ts";
export * from "./unpack.ts";
export { UnzstdReader } from "./unzstd.ts";
export * from "./write_log.ts";
export * from "./write_simpletrace.ts";
export * from "./run.ts";
