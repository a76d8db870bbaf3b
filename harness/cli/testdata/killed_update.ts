/**
 * `golden update` in a process that kills itself with SIGKILL in the middle of its nth change of a file: half of a
 * write's bytes are on the disk, a rename or removal has not happened.
 *
 * @module
 */
import { dispatch } from "../dispatch.ts";
import { DISK } from "../../files/mod.ts";
import { golden } from "../golden.ts";
import { processIo } from "../main.ts";

let left = Number(Deno.args[0]);

function step(act: () => void, part: () => void = () => {}): void {
  if (left-- > 0) return act();
  part();
  Deno.kill(Deno.pid, "SIGKILL");
}

const { write, rename, makeFolder, remove } = DISK;
DISK.write = (path, bytes) =>
  step(() => write(path, bytes), () => write(path, bytes.subarray(0, bytes.length >> 1)));
DISK.rename = (from, to) => step(() => rename(from, to));
DISK.makeFolder = (path) => step(() => makeFolder(path));
DISK.remove = (path) => step(() => remove(path));

Deno.exit(await dispatch([golden], ["golden", "update"], { ...processIo(), ci: false }));
