/**
 * Which pages the firmware fills: counts that the recordings show after a first pass of an idle guest.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import { countBits } from "./bitmap.ts";
import { buildRam } from "./firmware.ts";
import { profileOf } from "./profile.ts";

const MIB = 2 ** 20;

Deno.test("buildRam fills as many pages as the recordings of idle guests send as normal", () => {
  const table: [
    recording: string,
    guest: NonNullable<ScenarioInput["guest"]>,
    profile: "10.0" | "11.1",
    pages: number,
  ][] = [
    ["precopy-idle", { ram_bytes: 256 * MIB }, "10.0", 119],
    ["precopy-zero-2048m", { ram_bytes: 2048 * MIB }, "10.0", 119],
    ["precopy-kvm-zero-1024m", { ram_bytes: 1024 * MIB, accelerator: "kvm" }, "10.0", 116],
    ["q111-precopy-idle", { ram_bytes: 256 * MIB }, "11.1", 116],
    ["q111-precopy-zero-2048m", { ram_bytes: 2048 * MIB }, "11.1", 116],
    ["q111-precopy-kvm-zero-1024m", { ram_bytes: 1024 * MIB, accelerator: "kvm" }, "11.1", 112],
    ["a second disk", { added_devices: ["virtio-blk", "virtio-blk"] }, "10.0", 126],
    ["disk and card (virtio)", { added_devices: ["virtio-blk", "virtio-net"] }, "10.0", 123],
    ["disk and card (q111-virtio)", { added_devices: ["virtio-blk", "virtio-net"] }, "11.1", 119],
    ["USB", { added_devices: ["xhci"] }, "10.0", 127],
    ["a screen", { added_devices: ["vga"] }, "10.0", 156],
    ["virtio-many", { added_devices: ["virtio-blk", "vga", "e1000", "xhci"] }, "10.0", 167],
    ["q111-virtio-many", { added_devices: ["virtio-blk", "vga", "e1000", "xhci"] }, "11.1", 163],
    ["smp2-q35", { machine: "pc-q35-10.0" }, "10.0", 128],
    ["q111-smp2-q35", { machine: "pc-q35-11.1" }, "11.1", 123],
    ["q35 under KVM", { machine: "pc-q35-10.0", accelerator: "kvm" }, "10.0", 121],
    ["q111 q35 under KVM", { machine: "pc-q35-11.1", accelerator: "kvm" }, "11.1", 116],
    ["q35 with a disk", { machine: "pc-q35-10.0", added_devices: ["virtio-blk"] }, "10.0", 132],
    ["q35 with a screen", { machine: "pc-q35-10.0", added_devices: ["vga"] }, "10.0", 164],
  ];
  for (const [recording, guest, profile, pages] of table) {
    const { blocks } = buildRam(makeScenario({ why: recording, profile, guest }), profileOf(profile));
    assertEquals(blocks.reduce((sum, { content }) => sum + countBits(content), 0), pages, recording);
  }
});

Deno.test("buildRam puts the firmware's code further from the end of RAM in a guest of more than 32 MiB", () => {
  const first = (mib: number, machine = "pc-i440fx-10.0"): number => {
    const guest = { ram_bytes: mib * MIB, machine };
    const ram = buildRam(makeScenario({ why: "a", guest }), profileOf("10.0"));
    const content = ram.blocks[0]?.content ?? new Uint32Array();
    for (let page = 1024; page < mib * 256; page++) {
      if (((content[page >>> 5] ?? 0) >>> (page & 31) & 1) === 1) return mib * 256 - page;
    }
    return 0;
  };
  assertEquals([28, 32, 33, 48, 1024].map((mib) => first(mib)), [95, 95, 4127, 4127, 4127]);
  // Above 4 GiB there is what does not fit below: 628 MiB of 3700, 952 of 3000.
  assertEquals([first(3300), first(3700)], [4127, 4127 + 628 * 256]);
  assertEquals([2700, 3000].map((mib) => first(mib, "pc-q35-10.0")), [4129, 4129 + 952 * 256]);
});
