/**
 * Device sections of the machines, as measured.
 *
 * State bytes and the lengths of the JSON description were read off migration streams that QEMU 10.0.2 wrote to a file.
 * For the i440FX machine they add up to the 112505 bytes after RAM of all 47 recordings (112677 with KVM). Times are
 * medians of the recordings of 10.0.2 and 11.1.3 under TCG.
 *
 * @module
 */

/** A row: name, description, instance, version, state bytes, microseconds to save and to load. */
export type Row = readonly [
  name: string,
  vmsd: string,
  instance: number,
  version: number,
  bytes: number,
  save: number,
  load: number,
];

/** What a machine has. */
export interface MachineTable {
  /** Registered after the vCPUs, in this order. */
  readonly devices: readonly Row[];
  /** Bytes of the JSON description with one vCPU. */
  readonly vmdescBytes: number;
}

/** Before everything else. */
export const TIMER: Row = ["timer", "timer", 0, 2, 24, 17, 4];
/** What each vCPU has. The second and later ones, which the firmware has parked, have 31 bytes less in `cpu`. */
export const CPU_COMMON: Row = ["cpu_common", "cpu_common", 0, 1, 8, 7, 91];
export const CPU: Row = ["cpu", "cpu", 0, 12, 1882, 63, 18];
export const APIC: Row = ["apic", "apic", 0, 3, 181, 14, 4];
export const CPU_PARKED_BYTES = 1851;
/** Any vCPU of KVM's (streams of 10.0.2 and 11.1.3 guests, idle and not, of one and two vCPUs). */
export const CPU_KVM_BYTES = 1842;
/** What the first vCPU has besides, before its apic. */
export const TPR: Row = ["kvm-tpr-opt", "kvm-tpr-opt", 0, 1, 144, 17, 225];
/** KVM's extra section, after the last apic (precopy-kvm-bw48-dr8). */
export const KVMCLOCK: Row = ["kvmclock", "kvmclock", 0, 1, 41, 10, 4];
/** Registered but not needed on these machines, before the devices that were added (all recordings). */
export const SKIPPED = { name: "smbus-eeprom", instances: 8, save: 1.5 } as const;
/** After all devices. */
export const LAST: readonly Row[] = [
  ["acpi_build", "acpi_build", 0, 1, 1, 4, 2],
  ["globalstate", "globalstate", 0, 1, 104, 8, 5],
];

/**
 * What 11.1 has more than 10.0, and less: state of the power management, which grows with the vCPUs, and the description
 * (streams of 11.1.3 guests of both machines with one to three vCPUs).
 */
export const MORE_11_1 = {
  i440fx: { section: "piix4_pm", bytes: 35, vmdesc: -2897 },
  q35: { section: "ICH9LPC", bytes: 34, vmdesc: 562 },
  perVcpu: 10,
  vmdescOfSeveralVcpus: 16,
  vmdescOf: { "xhci": -185 } as Readonly<Record<string, number>>,
} as const;

/** The slot of the first device that is added to a machine's PCI bus. */
const FIRST_SLOT = { i440fx: 2, q35: 1 } as const;

/** The address of the added device with this index. */
export function pciAddress(machine: string, index: number): string {
  const slot = FIRST_SLOT[machine.includes("q35") ? "q35" : "i440fx"] + index;
  return `0000:00:${slot.toString(16).padStart(2, "0")}.0`;
}

/** The machines, by the family in the name of the machine type. */
export const MACHINES: Readonly<Record<"i440fx" | "q35", MachineTable>> = {
  i440fx: {
    devices: [
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
    ],
    vmdescBytes: 99_099,
  },
  q35: {
    devices: [
      ["fw_cfg", "fw_cfg", 0, 2, 74, 8, 6],
      ["0000:00:00.0/mch", "mch", 0, 1, 277, 10, 358],
      ["PCIHost", "PCIHost", 0, 1, 4, 5, 2],
      ["PCIBUS", "PCIBUS", 0, 1, 36, 6, 2],
      ["dma", "dma", 0, 1, 75, 10, 4],
      ["dma", "dma", 1, 1, 75, 8, 2],
      ["mc146818rtc", "mc146818rtc", 0, 3, 245, 13, 4],
      ["0000:00:1f.0/ICH9LPC", "ICH9LPC", 0, 1, 18_878, 217, 323],
      ["i8259", "i8259", 0, 1, 16, 14, 4],
      ["i8259", "i8259", 1, 1, 16, 8, 1],
      ["ioapic", "ioapic", 0, 3, 206, 8, 3],
      ["hpet", "hpet", 0, 2, 151, 10, 4],
      ["i8254", "i8254", 0, 3, 108, 13, 3],
      ["pcspk", "pcspk", 0, 1, 2, 6, 2],
      ["ps2kbd", "ps2kbd", 0, 3, 284, 9, 3],
      ["ps2mouse", "ps2mouse", 0, 2, 291, 9, 3],
      ["pckbd", "pckbd", 0, 3, 40, 8, 2],
      ["vmmouse", "vmmouse", 0, 0, 4105, 23, 10],
      ["port92", "port92", 0, 1, 1, 5, 2],
      ["0000:00:1f.2/ich9_ahci", "ich9_ahci", 0, 1, 4680, 184, 430],
      ["i2c_bus", "i2c_bus", 0, 1, 1, 5, 2],
      ["0000:00:1f.3/ich9_smb", "ich9_smb", 0, 1, 325, 14, 118],
    ],
    vmdescBytes: 44_034,
  },
};
/** What a further vCPU adds to the description (two vCPUs: 106514 and 51449 bytes). */
export const VMDESC_PER_VCPU = 7415;
export const VMDESC_PER_KVM_VCPU = 7396;
/** What KVM adds to it. */
export const VMDESC_KVM = 144;

/** Devices that may be added: description, version, state bytes, times, and what they add to the JSON description. */
export const ADDED = {
  "virtio-blk": { version: 2, bytes: 45_605, save: 345, load: 1003, vmdesc: 161 },
  "virtio-net": { version: 11, bytes: 46_165, save: 410, load: 594, vmdesc: 162 },
  "virtio-console": { version: 3, bytes: 46_584, save: 341, load: 999, vmdesc: 169 },
  "virtio-rng": { version: 1, bytes: 45_548, save: 455, load: 1000, vmdesc: 161 },
  "virtio-balloon": { version: 1, bytes: 45_604, save: 368, load: 711, vmdesc: 169 },
  "virtio-scsi": { version: 1, bytes: 45_626, save: 345, load: 1000, vmdesc: 163 },
  "virtio-input": { version: 1, bytes: 45_601, save: 345, load: 1000, vmdesc: 165 },
  "virtio-gpu": { version: 1, bytes: 45_672, save: 345, load: 1000, vmdesc: 219 },
  "vga": { version: 2, bytes: 1407, save: 22, load: 399, vmdesc: 1883 },
  "e1000": { version: 2, bytes: 198_785, save: 4140, load: 1380, vmdesc: 5395 },
  "e1000e": { version: 1, bytes: 136_069, save: 2830, load: 940, vmdesc: 4146 },
  "rtl8139": { version: 5, bytes: 642, save: 20, load: 190, vmdesc: 4009 },
  "xhci": { version: 1, bytes: 5343, save: 94, load: 481, vmdesc: 14_309 },
} as const;
