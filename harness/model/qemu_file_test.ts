/**
 * The moments at which QEMU's stream is flushed.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { BUFFER_BYTES, QemuFile } from "./qemu_file.ts";

function recorded(): { file: QemuFile<string>; flushes: number[] } {
  const flushes: number[] = [];
  return { flushes, file: new QemuFile<string>({ flushed: (bytes) => void flushes.push(bytes) }) };
}

Deno.test("QemuFile flushes with the 32nd page by reference: 131328 bytes (full-precopy, 96 of 96 flushes)", () => {
  const { file, flushes } = recorded();
  for (let page = 0; page < 64; page++) {
    file.put(8);
    file.putPages(1, 4096);
  }
  assertEquals(flushes, [131328, 131328]);
});

Deno.test("QemuFile flushes when the buffer is full, in the middle of a record", () => {
  const { file, flushes } = recorded();
  // Zero pages are 9 bytes each: the 3641st of them fills the buffer with 8 of its bytes.
  for (let page = 0; page < 3640; page++) file.put(9);
  assertEquals(flushes, []);
  file.put(9);
  assertEquals(flushes, [BUFFER_BYTES]);
  assertEquals(file.pending, 1);
});

Deno.test("QemuFile takes pages by reference along with a full buffer (facts 2.10: 143360 = 32768 + 27 pages)", () => {
  const { file, flushes } = recorded();
  for (let page = 0; page < 27; page++) {
    file.put(8);
    file.putPages(1, 4096);
  }
  file.put(BUFFER_BYTES - 27 * 8);
  assertEquals(flushes, [143360]);
});

Deno.test("QemuFile hands a message over with its last byte, not before", () => {
  const { file } = recorded();
  file.put(10);
  file.mark("first");
  file.put(5);
  file.mark("second");
  assertEquals(file.takeMark(), null);
  file.flush();
  assertEquals([file.takeMark(), file.takeMark(), file.takeMark()], ["first", "second", null]);
});

Deno.test("QemuFile drops what is written after an error", () => {
  const { file, flushes } = recorded();
  file.error = -5;
  file.put(100);
  file.flush();
  assertEquals(flushes, []);
  assertEquals(file.pending, 0);
});
