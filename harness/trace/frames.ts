/**
 * What other programs put around QEMU's trace lines: the kernel's trace buffer, syslog daemons, SystemTap scripts.
 *
 * The layouts of the kernel and of syslog are general knowledge of these programs, not seen in a run here; see the
 * marks in facts/tracing.md d.
 *
 * @module
 */

import { isoMicrosOf } from "./_line_head.ts";

/** Where the event is in a line, and what the frame says of it. */
export interface Frame {
  /** Whole microseconds of the frame's clock; -1 if it has none. */
  readonly at: number;
  /** Thread id; 0 if the frame has none, or that of the process, which is the same for all threads. */
  readonly thread: number;
  /** Where the event's name begins. */
  readonly body: number;
}

/** Frames stand in the first bytes of a line; a longer search would only cost time on hostile lines. */
const FRAME_MAX = 256;

// Read from the right: a task's name may hold blanks, hyphens and digits ("CPU 0/KVM-4060").
const FTRACE =
  /-(\d{1,10}) +(?:\([ \d-]{1,12}\) +)?\[\d{1,5}\] +(?:[^ ]{1,8} +)?(\d{1,10})\.(\d{6,9}): tracing_mark_write: $/;
const MARK = ": tracing_mark_write: ";

/** A line of ftrace: `TASK-PID [CPU] FLAGS SECONDS.MICROS: tracing_mark_write: NAME PAYLOAD`. */
export function readFtraceFrame(text: string): Frame | undefined {
  const mark = text.slice(0, FRAME_MAX).indexOf(MARK);
  if (mark === -1) return undefined;
  const body = mark + MARK.length;
  const match = FTRACE.exec(text.slice(0, body));
  if (match === null) return undefined;
  const [, pid = "", seconds = "", fraction = ""] = match;
  return { at: Number(seconds) * 1e6 + Number(fraction.slice(0, 6)), thread: Number(pid), body };
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const SYSLOG =
  /^(?:<\d{1,3}>)?([A-Z][a-z]{2}) [ \d]\d \d{2}:\d{2}:\d{2} [^ ]{1,64} [^ [\]]{1,64}\[\d{1,10}\]: /;
const RFC_3339 =
  /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|[+-]\d{2}:\d{2}) [^ ]{1,64} [^ [\]]{1,64}\[\d{1,10}\]: /;

/**
 * A line of syslog: `Mon DD HH:MM:SS HOST PROGRAM[PID]: NAME PAYLOAD`, or with an RFC 3339 time. Whole seconds, as the
 * old layout has them, are no time: by such a clock the phases of a migration are over before they began.
 */
export function readSyslogFrame(text: string): Frame | undefined {
  const head = text.slice(0, FRAME_MAX);
  const old = SYSLOG.exec(head);
  if (old !== null) {
    const [whole, month = ""] = old;
    return MONTHS.includes(month) ? { at: -1, thread: 0, body: whole.length } : undefined;
  }
  const match = RFC_3339.exec(head);
  if (match === null) return undefined;
  const [whole, time = "", fraction = ""] = match;
  const day = isoMicrosOf(`${time}Z `, 0);
  const zone = /([+-])(\d{2}):(\d{2}) /.exec(whole.slice(19));
  if (day === -1) return undefined;
  if (fraction === "") return { at: -1, thread: 0, body: whole.length };
  // Local time is ahead of UTC by the zone.
  const [, sign = "+", hours = "0", minutes = "0"] = zone ?? [];
  const ahead = (Number(hours) * 60 + Number(minutes)) * 60e6 * (sign === "-" ? -1 : 1);
  const at = day - ahead + Number(fraction.padEnd(6, "0").slice(0, 6));
  return { at, thread: 0, body: whole.length };
}

const STAP = /^(?:0|[1-9]\d{0,9})@(0|[1-9]\d{0,18}) /;

/** A line of QEMU's `log-stap` script: `PID@NANOSECONDS NAME PAYLOAD`. */
export function readStapFrame(text: string): Frame | undefined {
  const match = STAP.exec(text.slice(0, FRAME_MAX));
  if (match === null) return undefined;
  const [whole, nanos = ""] = match;
  return { at: Number(BigInt(nanos) / 1000n), thread: 0, body: whole.length };
}
