/**
 * Transports: what connecting looks like on both sides.
 *
 * The expected events are those of the recordings of the same names (fd-pipe, exec-fifo, file-plain, tls-psk …).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import { type EventName, printLog, type TraceRecord } from "../trace/mod.ts";
import { simulate } from "./simulate.ts";

const LATER: EventName[] = ["savevm_state_header", "loadvm_state_setup"];

/** The names of a side's events up to the stream, without those of the state and of the guest. */
function connecting(records: readonly TraceRecord[]): string {
  const names = records.map(({ declaration }) => declaration.name);
  const end = names.findIndex((name) => (LATER as string[]).includes(name));
  return names.slice(0, end)
    .filter((name) => /^migration_(?!block|call)/.test(name))
    .map((name) => name.slice("migration_".length)).join(" ");
}

const TLS = { "tls-creds": "tls0" };

Deno.test("simulate traces how each transport connects", async (t) => {
  const table: [input: Partial<ScenarioInput>, source: string, destination: string][] = [
    [
      { transport: "unix" },
      "socket_outgoing_connected set_outgoing_channel",
      "socket_incoming_accepted set_incoming_channel",
    ],
    [
      { transport: "tcp" },
      "socket_outgoing_connected set_outgoing_channel",
      "socket_incoming_accepted set_incoming_channel",
    ],
    [{ transport: "fd" }, "fd_outgoing set_outgoing_channel", "fd_incoming set_incoming_channel"],
    [{ transport: "fd-pipe" }, "fd_outgoing set_outgoing_channel", "fd_incoming set_incoming_channel"],
    [{ transport: "exec" }, "exec_outgoing set_outgoing_channel", "exec_incoming set_incoming_channel"],
    [
      { transport: "file", incoming_after_ms: 100 },
      "file_outgoing set_outgoing_channel",
      "file_incoming set_incoming_channel",
    ],
    [
      { transport: "unix", parameters: TLS },
      "socket_outgoing_connected set_outgoing_channel tls_outgoing_handshake_start tls_outgoing_handshake_complete set_outgoing_channel",
      "socket_incoming_accepted set_incoming_channel tls_incoming_handshake_start tls_incoming_handshake_complete set_incoming_channel",
    ],
  ];
  for (const [input, source, destination] of table) {
    await t.step(JSON.stringify(input), () => {
      const run = simulate(makeScenario({ why: "connects", ...input }));
      assertEquals(connecting(run.source), source);
      assertEquals(connecting(run.destination), destination);
      assertEquals([run.outcome.source, run.outcome.destination], ["completed", "completed"]);
    });
  }
});

Deno.test("the channel's type is that of the transport", () => {
  const types = (input: Partial<ScenarioInput>): string[] =>
    printLog(simulate(makeScenario({ why: "x", ...input })).source, "bare").match(/qio-channel-\w+/g) ?? [];
  assertEquals(types({ transport: "fd" }), ["qio-channel-socket"]);
  assertEquals(types({ transport: "fd-pipe" }), ["qio-channel-file"]);
  assertEquals(types({ transport: "exec" }), ["qio-channel-command"]);
  assertEquals(types({ parameters: TLS }), ["qio-channel-socket", "qio-channel-tls"]);
});

Deno.test("a stored stream is loaded after the source has completed", () => {
  const run = simulate(makeScenario({
    why: "saved, then loaded",
    transport: "file",
    incoming_after_ms: 250,
    guest: { filled: [{ start_page: 1024, pages: 4096 }] },
  }));
  const completed = run.source.find(({ declaration, values }) =>
    declaration.name === "migrate_set_state" && values[0] === "completed"
  );
  const [first] = run.destination;
  assert(completed !== undefined && first !== undefined);
  assert(first.at >= completed.at + 250_000, "the destination must not start before the file is written");
  assertEquals(run.outcome.destination, "completed");
});

Deno.test("a stored stream of a cancelled migration is never loaded", () => {
  const run = simulate(makeScenario({
    why: "half a file",
    transport: "file",
    incoming_after_ms: 10,
    guest: { filled: [{ start_page: 1024, pages: 20000 }] },
    parameters: { "max-bandwidth": 10_000_000 },
    operator: [{ at_ms: 300, execute: "migrate_cancel" }],
  }));
  assertEquals(run.outcome.source, "cancelled");
  assertEquals(run.destination.length, 0);
});

Deno.test("TLS costs time, not bytes: a limited cycle that takes over 50 ms has two sections (tls-psk)", () => {
  const cycles = (parameters: Record<string, number | string>): number[] => {
    const run = simulate(makeScenario({
      why: "x",
      guest: { ram_bytes: 268435456, filled: [{ start_page: 1024, pages: 12000 }] },
      workload: [{ kind: "sweep", start_page: 1024, pages: 12000, rate_pages_per_second: 5000 }],
      parameters: { "max-bandwidth": 62914560, ...parameters },
    }));
    return run.source.filter(({ declaration }) => declaration.name === "migrate_transferred")
      .map(({ values }) => Number(values[0]));
  };
  assertEquals(cycles({})[2], 131328 * 48 + 18);
  // The time test stops at a page after a multiple of 64, so one page more than whole flushes goes out.
  assertEquals(cycles(TLS)[2], 131328 * 48 + 4104 + 2 * 18);
});
