/**
 * Which capabilities the model follows. A scenario that switches on another one is refused rather than run without it.
 *
 * @module
 */

/** Capabilities whose effect the model has; whoever models another one adds it here. */
export const MODELLED_CAPABILITIES: readonly string[] = [
  "auto-converge",
  "dirty-limit",
  "events",
  "late-block-activate",
  "mapped-ram",
  "multifd",
  "pause-before-switchover",
  "return-path",
  "switchover-ack",
  "xbzrle",
  "zero-copy-send",
];
