/**
 * The time of reading grows with the input and no faster, also for inputs that are made to be slow; and where the
 * input is cut into chunks changes nothing.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { catalogOf, LogReader, readLog } from "./mod.ts";

const QEMU = catalogOf("10.0");
const P = "1@1.000001:";

Deno.test("L6 L27 L40 L41 L60 L61 time is linear: 64 times the input costs less than 1500 times the time (4096 if quadratic)", async (t) => {
  const inputs: readonly (readonly [string, (n: number) => string])[] = [
    ["L6 NULs", (n) => `${"\0".repeat(n)}${P}ram_load_start \n`],
    ["L27 a name of word characters", (n) => `${P}${"x".repeat(n)} \n`],
    [
      "L40 get_gtree",
      (n) => `${P}get_gtree ${"(".repeat(n / 3)}${"/".repeat(n / 3)}${")".repeat(n / 3)} nnodes=x\n`,
    ],
    ["L40 qemu_rdma_dump_id", (n) => `${P}qemu_rdma_dump_id ${" uverbs device name ".repeat(n / 20)}\n`],
    ["L41 blanks", (n) => `a${" ".repeat(n)}\n`],
    ["L41 brackets", (n) => `${P}vmstate_save ${"(".repeat(n)}\n`],
    ["L41 at signs", (n) => `${"@".repeat(n)}\n`],
    ["L41 digits", (n) => `${"1".repeat(n)}@1.000001:ram_load_start \n`],
    [
      "L41 images of events",
      (n) => `${P}migrate_error error=${"1@1.000001:ram_load_start ".repeat(n / 26)}\n`,
    ],
    ["L39 separators", (n) => `${P}vmstate_save ${", ".repeat(n / 2)}\n`],
    [
      "L40 a string and a tail that almost fits",
      (n) => `${P}savevm_section_end ${", section_id 1 ->".repeat(n / 16)}\n`,
    ],
  ];
  const cost = (text: string): number => {
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    const start = performance.now();
    readLog(QEMU, bytes, { event: () => {} });
    return performance.now() - start;
  };
  for (const [name, make] of inputs) {
    await t.step(name, () => {
      const [small, large] = [make(6000), make(384000)];
      for (let warm = 0; warm < 20; warm++) cost(small);
      const unit = Math.max(0.05, Math.min(...Array.from({ length: 5 }, () => cost(small))));
      // The quickest of several: other work on the machine makes single ones long, and none of a quadratic one quick.
      let ratio = Infinity;
      for (let tries = 0; tries < 10 && ratio >= 1500; tries++) ratio = Math.min(ratio, cost(large) / unit);
      assertEquals(ratio < 1500, true, `the large input cost ${ratio.toFixed(0)} times the small one`);
    });
  }
});

Deno.test("L11 L12 chunk borders anywhere change nothing", () => {
  const log = [
    ...[
      "\u00ef\u00bb\u00bf\0\0",
      `${P}savevm_send_ping 0x1\r\n`,
      "\r\n",
      "\n",
      "\0\0\n",
      `${P}migrate_error error=\u00e2\u0082\u00ac\n`,
    ],
    ...[
      `text${P}ram_load_start ${P}ram_load_start\n`,
      "\0".repeat(5000),
      `${P}vmstate_save a, b, c\n`,
      "x".repeat(300000),
    ],
    ...["\n", "y".repeat(1048577), "\n", "z".repeat(1048576), `\n${P}savevm_send_ping 0x1`],
  ].join("");
  const seen = (chunk: number): string => {
    const all: string[] = [];
    const reader = new LogReader(QEMU, {
      event: (event) =>
        all.push(`${event.line}:${event.column} ${event.declaration.name} ${event.flags} ${event.length}`),
      other: (item) => all.push(`${item.line}:${item.column} ${item.kind} ${item.flags} ${item.length}`),
    });
    const bytes = Uint8Array.from(log, (char) => char.charCodeAt(0));
    for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
    reader.end();
    return all.join("\n");
  };
  const whole = seen(log.length);
  for (const chunk of [1, 3, 4095, 65536]) assertEquals(seen(chunk), whole);
});
