/**
 * The source's return path thread: reads what the destination says.
 *
 * @see QEMU migration/migration.c (source_return_path_thread) and facts/precopy.md section 9
 * @module
 */
import { COSTS } from "./calibration.ts";
import type { Inbox } from "./channel.ts";
import type { Routine, Thread } from "./kernel.ts";
import type { Outgoing, ReturnMessage } from "./source.ts";

/** The life of the return path thread: a message at a time, until SHUT or the end of the connection. */
export function* returnPathThread(thread: Thread, inbox: Inbox<ReturnMessage>, outgoing: Outgoing): Routine {
  const { migration } = outgoing;
  thread.trace("source_return_path_thread_entry", {});
  thread.spend(COSTS.step);
  let result = -1;
  for (;;) {
    thread.trace("source_return_path_thread_loop_top", {});
    const arrival = yield* inbox.next(thread);
    if (arrival === null) break;
    const { message } = arrival;
    thread.spend(COSTS.step);
    if (message.kind === "pong") {
      thread.trace("source_return_path_thread_pong", { val: message.value });
    } else if (message.kind === "switchover-ack") {
      thread.trace("source_return_path_thread_switchover_acked", { pending_num: 0 });
      outgoing.switchoverAcked = true;
    } else {
      thread.trace("source_return_path_thread_shut", { val: message.value });
      result = message.value;
      if (result !== 0) migration.error ??= `Sibling indicated error ${result}`;
      break;
    }
    thread.spend(COSTS.step);
  }
  thread.spend(COSTS.step);
  if (result !== 0) {
    migration.error ??= "Channel error: Input/output error";
    if (!migration.errorTraced) {
      migration.errorTraced = true;
      thread.trace("migrate_error", { error_desc: migration.error });
      thread.spend(COSTS.step);
    }
    thread.trace("source_return_path_thread_bad_end", {});
    thread.spend(COSTS.step);
  }
  thread.trace("source_return_path_thread_end", {});
  outgoing.returnPathResult = result === 0 ? 0 : -1;
  outgoing.returnPathEnded.raise(thread.now);
}
