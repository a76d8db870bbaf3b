/**
 * What the machines bring along: their device sections.
 *
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import type { Profile } from "./profile.ts";

/** One device section of the switchover. */
export interface Device {
  readonly name: string;
  readonly instance: number;
  readonly sectionId: number;
  /** The name of its state description. */
  readonly vmsd: string;
  readonly version: number;
  readonly bytes: number;
  readonly saveMicros: number;
  readonly loadMicros: number;
  readonly needed: boolean;
}

/** A row of the device table: name, description, instance, version, state bytes, microseconds to save and to load. */
type Row = readonly [
  name: string,
  vmsd: string,
  instance: number,
  version: number,
  bytes: number,
  save: number,
  load: number,
];

/**
 * The i440FX machine's sections in the order of the stream.
 *
 * State bytes were read off a migration stream that QEMU 10.0.2 wrote to a file; they and the description add up to
 * the 112505 bytes after RAM of all 47 recordings of that machine (112677 with KVM). Times are medians of 90
 * recordings of 10.0.2 under TCG.
 */
const PC_DEVICES: readonly Row[] = [
  ["timer", "timer", 0, 2, 24, 17, 4],
  ["cpu_common", "cpu_common", 0, 1, 8, 7, 91],
  ["cpu", "cpu", 0, 12, 1882, 63, 18],
  ["kvm-tpr-opt", "kvm-tpr-opt", 0, 1, 144, 17, 225],
  ["apic", "apic", 0, 3, 181, 14, 4],
  ["0000:00:00.0/I440FX", "I440FX", 0, 3, 277, 10, 102],
  ["PCIHost", "PCIHost", 0, 1, 4, 5, 2],
  ["PCIBUS", "PCIBUS", 0, 1, 20, 6, 2],
  ["fw_cfg", "fw_cfg", 0, 2, 74, 8, 6],
  ["dma", "dma", 0, 1, 75, 10, 4],
  ["dma", "dma", 1, 1, 75, 8, 2],
  ["mc146818rtc", "mc146818rtc", 0, 3, 245, 13, 4],
  ["0000:00:01.1/ide", "ide", 0, 3, 942, 43, 99],
  ["i2c_bus", "i2c_bus", 0, 1, 1, 5, 2],
  ["0000:00:01.3/piix4_pm", "piix4_pm", 0, 3, 2432, 304, 182],
  ["0000:00:01.0/PIIX3", "PIIX3", 0, 3, 292, 9, 5],
  ["i8259", "i8259", 0, 1, 16, 14, 4],
  ["i8259", "i8259", 1, 1, 16, 8, 1],
  ["ioapic", "ioapic", 0, 3, 206, 8, 3],
  ["hpet", "hpet", 0, 2, 151, 10, 4],
  ["i8254", "i8254", 0, 3, 108, 13, 3],
  ["pcspk", "pcspk", 0, 1, 2, 6, 2],
  ["fdc", "fdc", 0, 2, 593, 23, 6],
  ["ps2kbd", "ps2kbd", 0, 3, 284, 9, 3],
  ["ps2mouse", "ps2mouse", 0, 2, 291, 9, 3],
  ["pckbd", "pckbd", 0, 3, 40, 8, 2],
  ["vmmouse", "vmmouse", 0, 0, 4105, 23, 10],
  ["port92", "port92", 0, 1, 1, 5, 2],
  ["acpi_build", "acpi_build", 0, 1, 1, 4, 2],
  ["globalstate", "globalstate", 0, 1, 104, 8, 5],
];
/** KVM's extra section, after apic (precopy-kvm-bw48-dr8). */
const KVMCLOCK: Row = ["kvmclock", "kvmclock", 0, 1, 41, 10, 4];
/** Registered but not needed on this machine; before acpi_build (all pc recordings). */
const SKIPPED = { name: "smbus-eeprom", instances: 8, save: 1.5, before: "acpi_build" } as const;
/** Section ids of the handlers that are registered before the devices: timer 0, ram 1, dirty-bitmap 2. */
const FIRST_DEVICE_ID = 3;
/** Bytes of the JSON description (10.0.2, same stream; 11.1 from the total of its 44 recordings). */
const VMDESC_BYTES = { "tcg": 99099, "kvm": 99243 } as const;
const VMDESC_BYTES_11_1 = { "tcg": 96193, "kvm": 96337 } as const;
/** 11.1's device sections hold this much more (its postcopy package is 13463 bytes against 13419). */
const MORE_STATE_11_1 = 44;

/** The device sections of a guest, in the order of the stream, and the length of their description. */
export interface DeviceState {
  readonly devices: readonly Device[];
  readonly vmdescBytes: number;
}

/** The device sections of a scenario's guest. */
export function deviceState({ guest }: Scenario, profile: Profile): DeviceState {
  if (guest.devices !== null) return givenDevices(guest.devices);
  const rows = [...PC_DEVICES];
  if (guest.accelerator === "kvm") rows.splice(rows.findIndex(([name]) => name === "apic") + 1, 0, KVMCLOCK);
  const devices: Device[] = [];
  let id = FIRST_DEVICE_ID;
  for (const [name, vmsd, instance, version, bytes, save, load] of rows) {
    if (name === SKIPPED.before) {
      for (let skipped = 0; skipped < SKIPPED.instances; skipped++) {
        devices.push({
          name: SKIPPED.name,
          instance: skipped,
          sectionId: id++,
          vmsd: SKIPPED.name,
          version: 0,
          bytes: 0,
          saveMicros: SKIPPED.save,
          loadMicros: 0,
          needed: false,
        });
      }
    }
    // Each vCPU has a cpu_common, a cpu and an apic section of its own.
    const copies = name === "cpu_common" || name === "cpu" || name === "apic" ? guest.vcpus : 1;
    const grown = profile.moreDeviceState && name === "globalstate" ? MORE_STATE_11_1 : 0;
    for (let copy = 0; copy < copies; copy++) {
      devices.push({
        name,
        instance: instance + copy,
        sectionId: name === "timer" ? 0 : id++,
        vmsd,
        version,
        bytes: bytes + grown,
        saveMicros: save,
        loadMicros: load,
        needed: true,
      });
    }
  }
  if (profile.apicFirst) devices.sort((a, b) => Number(b.name === "apic") - Number(a.name === "apic"));
  const lengths = profile.moreDeviceState ? VMDESC_BYTES_11_1 : VMDESC_BYTES;
  return { devices, vmdescBytes: lengths[guest.accelerator] };
}

/** A description is about this long for each device (99099 bytes for 30 sections). */
const VMDESC_BYTES_PER_DEVICE = 3300;

function givenDevices(given: NonNullable<Scenario["guest"]["devices"]>): DeviceState {
  const devices = given.map((device, index): Device => ({
    name: device.name,
    instance: device.instance,
    sectionId: FIRST_DEVICE_ID + index,
    vmsd: device.vmsd ?? device.name.slice(device.name.lastIndexOf("/") + 1),
    version: 1,
    bytes: device.bytes,
    saveMicros: device.save_us,
    loadMicros: device.load_us,
    needed: device.needed,
  }));
  return { devices, vmdescBytes: VMDESC_BYTES_PER_DEVICE * given.length };
}
