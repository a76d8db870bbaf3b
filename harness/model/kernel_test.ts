/**
 * Virtual time: the order of threads, signals, the lock.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { Kernel, Lock, type Routine, Signal, Thread } from "./kernel.ts";

/** Runs threads given as functions of their thread, and returns what they wrote down. */
function play(
  limit: number,
  ...lives: ((thread: Thread, note: (word: string) => void, kernel: Kernel) => Routine)[]
): { notes: string[]; ended: boolean } {
  const kernel = new Kernel();
  const notes: string[] = [];
  for (const [index, life] of lives.entries()) {
    const thread = new Thread(kernel, `t${index}`, index, null);
    kernel.spawn(thread, life(thread, (word) => notes.push(`${Math.floor(thread.now)} ${word}`), kernel), 0);
  }
  return { ended: kernel.run(limit), notes };
}

Deno.test("Kernel resumes the earliest thread first, and of equals the one that asked first", () => {
  const sleeper = (name: string, ...moments: number[]) =>
    function* (thread: Thread, note: (word: string) => void): Routine {
      for (const at of moments) {
        yield* thread.sleepUntil(at);
        note(name);
      }
    };
  const { notes, ended } = play(100, sleeper("a", 5, 20), sleeper("b", 5, 10));
  assertEquals(notes, ["5 a", "5 b", "10 b", "20 a"]);
  assertEquals(ended, true);
});

Deno.test("Kernel.run stops at its limit and says so", () => {
  const { ended } = play(100, function* (thread) {
    for (;;) yield* thread.sleepUntil(thread.now + 30);
  });
  assertEquals(ended, false);
});

Deno.test("Kernel.run does not go on for ever where no time passes", () => {
  const spinning = () =>
    play(100, function* (thread) {
      for (;;) yield thread.now;
    });
  assertThrows(spinning, Error, "spin at 0 us");
});

Deno.test("Thread.reach lets others that come earlier do their part", () => {
  const { notes } = play(
    100,
    function* (thread, note) {
      thread.spend(50);
      note("spent");
      yield* thread.reach();
      note("reached");
    },
    function* (thread, note) {
      yield* thread.sleepUntil(10);
      note("other");
    },
  );
  assertEquals(notes, ["50 spent", "10 other", "50 reached"]);
});

Deno.test("Signal.wait tells a signal from the end of the wait", async (t) => {
  const table: [because: string, raise: (thread: Thread, signal: Signal) => Routine, told: string[]][] = [
    ["raised while it waits", function* (thread, signal) {
      yield* thread.sleepUntil(60);
      signal.raise(thread.now);
    }, ["40 false", "60 true"]],
    [
      "raised by a thread that is ahead: who wakes before that is left to its own moment",
      function* (thread, signal) {
        yield* thread.sleepUntil(30);
        thread.spend(35);
        signal.raise(thread.now);
      },
      ["40 false", "90 false"],
    ],
  ];
  for (const [because, raise, told] of table) {
    await t.step(because, () => {
      const signal = new Signal();
      const { notes } = play(
        1000,
        function* (thread, note) {
          note(String(yield* signal.wait(thread, 40)));
          note(String(yield* signal.wait(thread, 90)));
        },
        (thread) => raise(thread, signal),
      );
      assertEquals(notes, told);
    });
  }
});

Deno.test("Lock is held by one thread at a time and handed on in order", () => {
  const lock = new Lock();
  const worker = (name: string, start: number) =>
    function* (thread: Thread, note: (word: string) => void): Routine {
      yield* thread.sleepUntil(start);
      yield* lock.acquire(thread);
      note(`${name} in`);
      yield* thread.sleepUntil(thread.now + 10);
      note(`${name} out`);
      lock.release(thread);
    };
  const { notes } = play(1000, worker("a", 0), worker("b", 3), worker("c", 2));
  assertEquals(notes, ["0 a in", "10 a out", "10 c in", "20 c out", "20 b in", "30 b out"]);
});

Deno.test("Lock.release by a thread that does not hold it is a defect", () => {
  const kernel = new Kernel();
  const thread = new Thread(kernel, "t", 1, null);
  assertThrows(() => new Lock().release(thread), Error, "does not hold");
});

Deno.test("Kernel.msAt goes on to the next millisecond as long before the moment as its phase says", () => {
  const table: [phase: number, moment: number, ms: number][] = [
    [0, 999, 0],
    [0, 1000, 1],
    [250, 749, 0],
    [250, 750, 1],
    [250, 1749, 1],
  ];
  for (const [phase, moment, ms] of table) {
    const kernel = new Kernel(phase);
    const thread = new Thread(kernel, "t", 1, null);
    thread.now = moment;
    assertEquals([kernel.msAt(moment), thread.ms], [ms, ms], `${moment} us at phase ${phase}`);
  }
});
