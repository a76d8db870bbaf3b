/**
 * Processor time of a process and all that it has started, off Linux's /proc.
 *
 * @module
 */

/** Ticks of a second in /proc, on every machine that Deno runs on. */
const TICKS = 100;

/** Seconds of user and system time so far; NaN where there is no /proc. */
export function processorSecondsOf(pid: number): number {
  try {
    const fields = statOf(`/proc/${pid}`);
    // utime, stime, and those of children that have ended and were waited for.
    const own = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / TICKS;
    return childrenOf(pid).reduce((sum, child) => sum + (processorSecondsOf(child) || 0), own);
  } catch {
    return NaN;
  }
}

/** What stands behind the name, which may hold blanks. */
function statOf(folder: string): string[] {
  const text = Deno.readTextFileSync(`${folder}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function childrenOf(pid: number): number[] {
  return [...Deno.readDirSync(`/proc/${pid}/task`)].flatMap(({ name }) =>
    Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`).split(" ").filter(Boolean).map(Number)
  );
}
