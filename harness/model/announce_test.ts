/**
 * When the guest is announced: at the switchover, and at growing intervals after it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import { simulate } from "./mod.ts";

function announcements(input: Partial<ScenarioInput>): number[] {
  const { destination } = simulate(makeScenario({ why: "a", guest: { ram_bytes: 2 ** 24 }, ...input }));
  const at = destination.filter(({ declaration }) => declaration.name === "qemu_announce_self_iter").map((
    { at },
  ) => at);
  return at.map((moment) => Math.round((moment - (at[0] ?? 0)) / 1000));
}
const guest = { ram_bytes: 2 ** 24, added_devices: ["virtio-net" as const] };

Deno.test("the guest is announced at 0, 50, 200, 450 and 800 ms unless told otherwise (virtio)", () => {
  assertEquals(announcements({ guest }), [0, 50, 200, 450, 800]);
  assertEquals(announcements({}), [], "no card, no announcement");
});

Deno.test("announce parameters change number and intervals (virtio-announce)", () => {
  const parameters = {
    "announce-initial": 20,
    "announce-rounds": 6,
    "announce-step": 30,
    "announce-max": 120,
  };
  assertEquals(announcements({ guest, parameters }), [0, 20, 70, 150, 260, 380]);
});

Deno.test("a process that ends announces no more", () => {
  const operator = [{ execute: "quit" as const, from: "completed" as const, at_ms: 100 }];
  assertEquals(announcements({ guest, operator }), [0, 50]);
});

Deno.test("the timer goes its rounds without a card, and a destination that lacks the card makes none for it", () => {
  const told = (input: Partial<ScenarioInput>): number =>
    simulate(makeScenario({ why: "a", ...input })).destination.filter(({ declaration }) =>
      declaration.name === "qemu_announce_timer_del"
    ).length;
  const faults = [{ at_ms: 0, kind: "destination-refuses" as const, section: "0000:00:02.0/virtio-net" }];
  const table: [input: Partial<ScenarioInput>, drops: number][] = [
    [{}, 2],
    [{ guest }, 3],
    [{ guest, faults }, 0],
  ];
  for (const [input, drops] of table) assertEquals(told(input), drops);
});
