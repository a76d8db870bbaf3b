/**
 * Logs as collectors wrap them: what is inside is judged as if nothing were around it, under the same line numbers.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { envelopesOf, unwrapped } from "./envelope.ts";
import { runCommand } from "./testdata/string_io.ts";

const TIME = "2026-11-20T12:53:07";
const WRAPPINGS: Readonly<Record<string, (line: string, index: number) => readonly string[]>> = {
  "a container runtime": (line, index) => [`${TIME}.${index + 100000000}Z stderr F ${line}`],
  "kubectl logs --timestamps": (line, index) => [`${TIME}.${index + 100000000}Z ${line}`],
  "kubectl logs --prefix": (line) => [`[pod/virt-launcher-vm1-x7k2p/compute] ${line}`],
  "kubectl logs --prefix --timestamps": (
    line,
  ) => [`[pod/virt-launcher-vm1/compute] ${TIME}.123456789Z ${line}`],
  "virt-launcher": (line) => [
    JSON.stringify({
      component: "virt-launcher",
      level: "info",
      msg: line,
      subcomponent: "qemu",
      timestamp: TIME,
    }),
  ],
  "virt-launcher under kubectl": (line) => [
    `[pod/virt-launcher-vm1/compute] ${TIME}.123456789Z ${
      JSON.stringify({ component: "virt-launcher", msg: line })
    }`,
  ],
  "Docker's file": (line) => [JSON.stringify({ log: `${line}\n`, stream: "stderr", time: `${TIME}.5Z` })],
  "Docker's file, long lines in parts": (line, index) =>
    (index % 9 === 4 ? [line.slice(0, 20), `${line.slice(20)}\n`] : [`${line}\n`]).map((log) =>
      JSON.stringify({ log, stream: "stderr", time: `${TIME}.5Z` })
    ),
  "a container runtime, parts with another stream between": (line, index) =>
    index % 9 === 4
      ? [
        `${TIME}.1Z stderr P ${line.slice(0, 20)}`,
        `${TIME}.2Z stdout F hello`,
        `${TIME}.3Z stderr F ${line.slice(20)}`,
      ]
      : [`${TIME}.1Z stderr F ${line}`],
  "colours": (line) => [`\u001b[32m${line}\u001b[0m`],
  "colours around some lines": (line, index) => [index % 9 === 4 ? `\u001b[1;31m${line}\u001b[0m` : line],
  "coloured names in the journal": (line) => [`\u001b[2mNov 20 12:53:07 host1 qemu[7]:\u001b[0m ${line}`],
  "journalctl -o short-precise": (line) => [`Nov 20 12:53:07.123456 host1 qemu[11854]: ${line}`],
  "journalctl -o short-monotonic": (line) => [`[ 1234.123456] host1 qemu[11854]: ${line}`],
  "a host's name": (line) => [`host1: ${line}`],
  "docker compose": (line) => [`compute-1  | ${line}`],
  "grep of several files": (line, index) => [`/var/log/libvirt/qemu/vm1.log:${index + 1}:${line}`],
  "journalctl": (line) => [`Nov 20 12:53:07 host1 qemu-system-x86_64[11854]: ${line}`],
  "journalctl -o short-iso": (line) => [`${TIME}+0000 host1 qemu[11854]: ${line}`],
  "journalctl -o json": (line) => [JSON.stringify({ _PID: "11854", MESSAGE: line, PRIORITY: "6" })],
  "journalctl -o export": (line) => ["_PID=11854", `MESSAGE=${line}`, ""],
  "libvirt, between lines of QEMU": (line, index) =>
    index % 50 === 3 ? [`${TIME}.000123Z qemu-system-x86_64: warning: a clock went back`, line] : [line],
};

function linesOf(recording: string): string[] {
  const bytes = gunzipSync(Deno.readFileSync(`recordings/${recording}/src.trace.gz`));
  return new TextDecoder().decode(bytes).trimEnd().split("\n");
}

interface Document {
  readonly counts: unknown;
  readonly sides: readonly [{ readonly events: number; readonly catalog: string }];
  readonly verdicts: readonly { outcome: string; id: string; evidence: { at: { line: number } | null }[] }[];
}

async function check(lines: readonly string[]): Promise<Document> {
  const stdin = new TextEncoder().encode(`${lines.join("\n")}\n`);
  const { out, err } = await runCommand(["check", "-", "--json"], { stdin });
  assert(out !== "", err);
  return JSON.parse(out) as Document;
}

for (const recording of ["precopy-bw64-dr31", "q111-precopy-bw64-dr31"]) {
  Deno.test(`check reads ${recording} in whatever wrapping`, async (t) => {
    const lines = linesOf(recording);
    const at = lines.findIndex((line) => line.includes("migration_bitmap_sync_end"));
    // A sync that ends twice: what is wrong must be found, and on its own line.
    const broken = lines.toSpliced(at, 0, lines[at] ?? "");
    const plain = await check(broken);
    for (const [what, wrap] of Object.entries(WRAPPINGS)) {
      await t.step(what, async () => {
        const wrapped = broken.map((line, index) => wrap(line, index));
        const found = await check(wrapped.flat());
        assertEquals([found.counts, found.sides[0].events], [plain.counts, plain.sides[0].events]);
        assertEquals(found.sides[0].catalog, plain.sides[0].catalog);
        // The line of the file in which each of the log's lines is.
        const places = wrapped.map((group, index) =>
          wrapped.slice(0, index).flat().length + Math.max(
            0,
            group.findIndex((one) => one.includes(broken[index]?.trim() ?? "")),
          ) + 1
        );
        const failed = (document: Document) => document.verdicts.filter(({ outcome }) => outcome === "fail");
        const expected = failed(plain).map(({ id, evidence }) => [
          id,
          evidence.map((one) => one.at === null ? null : places[one.at.line - 1]),
        ]);
        assert(expected.length > 0);
        const line = failed(found).map((
          { id, evidence },
        ) => [id, evidence.map((one) => one.at?.line ?? null)]);
        assertEquals(line, expected);
      });
    }
  });
}

Deno.test("check says how the lines of a log are wrapped", async () => {
  const stdin = new TextEncoder().encode(
    linesOf("precopy-bw64-dr31").map((line) => `${TIME}.5Z stderr F ${line}\n`).join(""),
  );
  const { out } = await runCommand(["check", "-"], { stdin });
  assertStringIncludes(out, "each line is wrapped in a container runtime's time and stream (CRI)");
});

Deno.test("a line that a runtime wrote in parts is one line again, and those behind it keep their numbers", async () => {
  const log = [
    `${TIME}.1Z stderr P 1@1.000001:migrate_set_`,
    `${TIME}.2Z stderr F state new state setup`,
    `${TIME}.3Z stderr F 1@1.000002:savevm_state_setup `,
    "",
  ].join("\n");
  const bytes = new TextEncoder().encode(log);
  async function* inPieces() {
    for (let at = 0; at < bytes.length; at += 7) yield await Promise.resolve(bytes.subarray(at, at + 7));
  }
  let text = "";
  for await (const chunk of unwrapped(inPieces(), envelopesOf(bytes))) {
    text += new TextDecoder().decode(chunk);
  }
  assertEquals(text, "1@1.000001:migrate_set_state new state setup\n\n1@1.000002:savevm_state_setup \n");
});

Deno.test("what QEMU writes itself is not taken for a wrapping", () => {
  const own = [
    "1@1.000001:migrate_set_state new state setup",
    `${TIME}.000001Z migrate_set_state new state setup`,
    "migrate_set_state new state setup",
    // The syslog backend: the time is the event's own.
    "Nov 20 12:53:07 host1 qemu[1]: migrate_set_state new state setup",
    "nothing at all",
    '{"no":"message"}',
  ];
  for (const line of own) {
    assertEquals(envelopesOf(new TextEncoder().encode(`${line}\n`)), [], line);
  }
});

Deno.test("a right trace that a syslog daemon wrote with whole seconds is judged without a clock", async () => {
  const file = Deno.makeTempFileSync({ suffix: ".log" });
  const plain = gunzipSync(Deno.readFileSync("recordings/precopy-bw64-dr31/src.trace.gz")).toString("latin1");
  const framed = plain.replace(
    /^(\d+)@\d{8}(\d\d)\.\d{6}:/gm,
    (_, pid, second) => `Nov 20 08:39:${String(Number(second) % 60).padStart(2, "0")} host qemu[${pid}]: `,
  );
  Deno.writeTextFileSync(file, framed);
  const { out, code } = await runCommand(["check", "--source", file]);
  assertEquals(code, 0, out);
  assertStringIncludes(out, "355 events of QEMU 10.0");
});
