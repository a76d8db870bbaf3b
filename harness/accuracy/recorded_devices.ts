/**
 * The device sections of a recorded machine, from its command line.
 *
 * @module
 */
import { err, ok, type Result } from "../base/mod.ts";
import { pciAddress } from "../model/mod.ts";
import type { ScenarioInput } from "../scenario/mod.ts";
import type { RecordedMeta } from "./recorded_inputs.ts";

type Added = NonNullable<NonNullable<ScenarioInput["guest"]>["added_devices"]>[number];

/** QEMU's drivers and the sections that they make. */
const DRIVERS: Readonly<Record<string, Added>> = {
  "virtio-blk-pci": "virtio-blk",
  "virtio-net-pci": "virtio-net",
  "virtio-serial-pci": "virtio-console",
  "virtio-rng-pci": "virtio-rng",
  "virtio-balloon-pci": "virtio-balloon",
  "virtio-scsi-pci": "virtio-scsi",
  "virtio-keyboard-pci": "virtio-input",
  "virtio-gpu-pci": "virtio-gpu",
  "VGA": "vga",
  "e1000": "e1000",
  "e1000e": "e1000e",
  "rtl8139": "rtl8139",
  "nec-usb-xhci": "xhci",
  "qemu-xhci": "xhci",
};

/** The devices that the command line adds to the machine's own, on the source. */
export function recordedDevices(meta: RecordedMeta): Result<Added[], string> {
  if (!/^(?:pc|q35|pc-i440fx-\d+\.\d+|pc-q35-\d+\.\d+)$/.test(meta.machine)) {
    return err(`The machine ${meta.machine} is not known`);
  }
  const added: Added[] = [];
  for (const driver of driversOf([...meta.devices, ...meta.src_devices])) {
    const section = DRIVERS[driver];
    if (section === undefined) return err(`The device sections of ${driver} are not known`);
    added.push(section);
  }
  return ok(added);
}

/** The section of the source's first device that the destination lacks; null if it has them all. */
export function lackingDevice({ machine, src_devices, dst_devices, devices }: RecordedMeta): string | null {
  const there = driversOf(dst_devices);
  const own = driversOf(devices);
  for (const [index, driver] of driversOf(src_devices).entries()) {
    if (!there.includes(driver)) return `${pciAddress(machine, own.length + index)}/${DRIVERS[driver]}`;
  }
  return null;
}

function driversOf(words: readonly string[]): string[] {
  return words.flatMap((word, index) => words[index - 1] === "-device" ? [word.split(",")[0] ?? word] : []);
}
