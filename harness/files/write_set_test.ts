/**
 * A set of files changes all or nothing: the process is killed at every step, and again while it recovers.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { DISK, type FileSystem } from "./file_system.ts";
import { isInterrupted, pendingFolder, recoverSet, writeSet } from "./write_set.ts";

class Killed extends Error {}

/** The disk, until a number of changing steps is used up; the step that kills writes half of its bytes. */
function mortal(steps: number): FileSystem {
  let left = steps;
  const step = (act: () => void, part: () => void = () => {}) => {
    if (left-- > 0) return act();
    if (left === -1) part();
    throw new Killed();
  };
  return {
    write: (path, bytes) =>
      step(() => DISK.write(path, bytes), () => DISK.write(path, bytes.subarray(0, bytes.length >> 1))),
    rename: (from, to) => step(() => DISK.rename(from, to)),
    makeFolder: (path) => step(() => DISK.makeFolder(path)),
    remove: (path) => step(() => DISK.remove(path)),
    read: DISK.read,
    exists: DISK.exists,
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const OLD = { "a/1": "old a", "b/1": "old b", "gone/1": "old gone" };
const NEW = { "a/1": "new a", "b/1": "new b", "c/1": "new c" };
const CHANGE = new Map<string, Uint8Array | null>([
  ["a/1", bytes("new a")],
  ["b/1", bytes("new b")],
  ["c/1", bytes("new c")],
  ["gone/1", null],
]);

function setUp(): string {
  const root = `${Deno.makeTempDirSync()}/set`;
  for (const [path, text] of Object.entries(OLD)) {
    DISK.makeFolder(`${root}/${path.slice(0, path.indexOf("/"))}`);
    DISK.write(`${root}/${path}`, bytes(text));
  }
  return root;
}

function filesOf(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name } of Deno.readDirSync(root)) {
    for (const file of Deno.readDirSync(`${root}/${name}`)) {
      found[`${name}/${file.name}`] = Deno.readTextFileSync(`${root}/${name}/${file.name}`);
    }
  }
  return Object.fromEntries(Object.entries(found).sort());
}

/** Runs until the steps are used up; whether it came to its end. */
function survives(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof Killed) return false;
    throw error;
  }
}

Deno.test("writeSet changes everything", () => {
  const root = setUp();
  writeSet(root, CHANGE);
  assertEquals(filesOf(root), NEW);
  assert(!isInterrupted(root));
  Deno.removeSync(`${root}/..`, { recursive: true });
});

Deno.test("writeSet killed at every step leaves all old or, after recovery, all new", () => {
  let undone = 0;
  let finished = 0;
  for (let steps = 0;; steps++) {
    const root = setUp();
    const done = survives(() => writeSet(root, CHANGE, mortal(steps)));
    const leftover = recoverSet(root);
    assert(!DISK.exists(pendingFolder(root)), `killed after ${steps} steps: staged files stay`);
    const now = filesOf(root);
    if (done) assertEquals(now, NEW);
    else if (leftover === "finished") assertEquals(now, NEW, `killed after ${steps} steps`);
    else if (JSON.stringify(now) === JSON.stringify(OLD)) undone++;
    // Killed while the folder of the finished change was being cleared away.
    else assertEquals(now, NEW, `killed after ${steps} steps`);
    if (leftover === "finished") finished++;
    Deno.removeSync(`${root}/..`, { recursive: true });
    if (done) break;
  }
  assert(undone >= 5 && finished >= 5, `${undone} undone, ${finished} finished`);
});

Deno.test("recoverSet killed at every step is carried on by the next one", () => {
  // After seven steps the journal is in place and nothing is applied yet.
  for (let steps = 0;; steps++) {
    const root = setUp();
    survives(() => writeSet(root, CHANGE, mortal(7)));
    const done = survives(() => recoverSet(root, mortal(steps)));
    recoverSet(root);
    assertEquals(filesOf(root), NEW, `recovery killed after ${steps} steps`);
    Deno.removeSync(`${root}/..`, { recursive: true });
    if (done) break;
  }
});
