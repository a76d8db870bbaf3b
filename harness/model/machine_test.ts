/**
 * Device sections in the order of the stream, as the recordings' destinations list them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { makeScenario, type ScenarioInput } from "../scenario/mod.ts";
import { deviceState } from "./machine.ts";
import { profileOf } from "./profile.ts";

function sectionsOf(guest: NonNullable<ScenarioInput["guest"]>, profile: "10.0" | "11.1" = "10.0") {
  const { devices, vmdescBytes } = deviceState(
    makeScenario({ why: "a", profile, guest }),
    profileOf(profile),
  );
  const lines = devices.filter(({ needed }) => needed).map(({ sectionId, name, instance }) =>
    `${sectionId}(${name}) ${instance}`
  );
  return { lines, vmdescBytes, bytes: devices.reduce((sum, { bytes }) => sum + bytes, 0) };
}

Deno.test("deviceState gives each vCPU its sections before the devices (smp2-q35)", () => {
  const { lines, vmdescBytes } = sectionsOf({ machine: "pc-q35-10.0", vcpus: 2 });
  assertEquals(lines.slice(0, 11), [
    "0(timer) 0",
    "3(cpu_common) 0",
    "4(cpu) 0",
    "5(kvm-tpr-opt) 0",
    "6(apic) 0",
    "7(cpu_common) 1",
    "8(cpu) 1",
    "9(apic) 1",
    "10(fw_cfg) 0",
    "11(0000:00:00.0/mch) 0",
    "12(PCIHost) 0",
  ]);
  assertEquals(lines.slice(-3), ["31(0000:00:1f.3/ich9_smb) 0", "40(acpi_build) 0", "41(globalstate) 0"]);
  assertEquals(vmdescBytes, 51_449, "what a saved stream of that machine holds");
});

Deno.test("deviceState puts added devices behind those that are skipped, slot by slot (virtio-many)", () => {
  const { lines, vmdescBytes } = sectionsOf({
    added_devices: [
      "virtio-blk",
      "virtio-net",
      "virtio-console",
      "virtio-rng",
      "virtio-balloon",
      "vga",
      "e1000",
      "xhci",
    ],
  });
  assertEquals(lines.slice(-11), [
    "29(port92) 0",
    "38(0000:00:02.0/virtio-blk) 0",
    "39(0000:00:03.0/virtio-net) 0",
    "40(0000:00:04.0/virtio-console) 0",
    "41(0000:00:05.0/virtio-rng) 0",
    "42(0000:00:06.0/virtio-balloon) 0",
    "43(0000:00:07.0/vga) 0",
    "44(0000:00:08.0/e1000) 0",
    "45(0000:00:09.0/xhci) 0",
    "46(acpi_build) 0",
    "47(globalstate) 0",
  ]);
  assertEquals(vmdescBytes, 121_508, "what a saved stream of that machine holds");
});

Deno.test("deviceState puts the apic first in 11.1, and keeps its id", () => {
  assertEquals(sectionsOf({}, "11.1").lines.slice(0, 3), ["6(apic) 0", "0(timer) 0", "3(cpu_common) 0"]);
  assertEquals(sectionsOf({}).lines.slice(0, 3), ["0(timer) 0", "3(cpu_common) 0", "4(cpu) 0"]);
});

Deno.test("deviceState has the sizes of saved streams of 11.1, and of KVM's vCPUs", () => {
  const table: [
    what: string,
    guest: NonNullable<ScenarioInput["guest"]>,
    profile: "10.0" | "11.1",
    bytes: number,
    vmdescBytes: number,
  ][] = [
    ["the i440FX machine", {}, "11.1", 12_629, 96_202],
    ["three vCPUs", { vcpus: 3 }, "11.1", 16_729, 111_048],
    ["the q35 machine", { machine: "pc-q35-11.1" }, "11.1", 32_268, 44_596],
    ["USB", { added_devices: ["xhci"] }, "11.1", 17_972, 110_326],
    ["two vCPUs of KVM's", { accelerator: "kvm", vcpus: 2 }, "10.0", 14_626, 106_639],
  ];
  for (const [what, guest, profile, bytes, vmdescBytes] of table) {
    const found = sectionsOf(guest, profile);
    assertEquals([found.bytes, found.vmdescBytes], [bytes, vmdescBytes], what);
  }
});

Deno.test("deviceState counts the slots of added devices from 1 on the q35 machine", () => {
  const { lines } = sectionsOf({ machine: "pc-q35-10.0", added_devices: ["virtio-blk", "virtio-net"] });
  assertEquals(lines.slice(-4, -2), ["37(0000:00:01.0/virtio-blk) 0", "38(0000:00:02.0/virtio-net) 0"]);
});
