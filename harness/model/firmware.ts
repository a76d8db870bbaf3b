/**
 * The guest's RAM as it is when a migration starts: ROM blocks, and the pages that the firmware fills.
 *
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import { clearRange, countBits, newBitmap, setRange } from "./bitmap.ts";
import { pciAddress } from "./device_table.ts";
import { type Profile, profileOf } from "./profile.ts";
import { type DirtyLogKind, fillContent, Ram, RamBlock } from "./ram.ts";

/** Pages from the first up to, not including, the second. */
type Span = readonly [start: number, end: number];

/** What a version's firmware leaves behind in the RAM of a machine. */
interface Firmware {
  /** In low memory, boot sector and its stack included. */
  readonly low: readonly Span[];
  /** Counted back from the end of low memory: its code, moved there, and tables. */
  readonly top: readonly Span[];
  /** Pages of pc.bios. */
  readonly bios: Span;
  /** Counted back: how far its structures for devices reach when there are none. */
  readonly free: number;
  /** For the driver of disks, besides {@linkcode DISK_PAGES}, counted back. */
  readonly disks: readonly Span[];
  /** For the driver of USB, and how many pages of structures it takes. */
  readonly usb: readonly Span[];
  readonly usbPages: number;
  /** In low memory for the ROM of a VGA card and the interrupts that it takes. */
  readonly vgaLow: readonly Span[];
  /** Counted back: pages that stay zero under KVM and with PCI devices besides the machine's, unless there is USB. */
  readonly wavering: readonly Span[];
  /** What differs under KVM. */
  readonly underKvm: Partial<Firmware>;
}

/** SeaBIOS takes so many pages for a disk that it can boot from. */
const DISK_PAGES = 3;
const VGA_LOW: readonly Span[] = [[175, 176], [193, 194], [195, 203], [204, 205]];
/**
 * SeaBIOS as 10.0 brings it. Low pages and pc.bios: the first pass of full-precopy. Top pages: full-precopy for 32 MiB,
 * and RAM dumps of 10.0.2 guests of 64 to 1024 MiB. What devices add: the pages that guests of 64 and 256 MiB with one
 * device each, and with many, send in a first pass with all events traced.
 */
const FIRMWARE_10_0: Firmware = {
  low: [[0, 1], [6, 8], [9, 10], [16, 19], [159, 161], [167, 169], [192, 193], [194, 195], [232, 256]],
  top: [[4127, 4126], [4122, 4096], [32, 29]],
  bios: [17, 64],
  free: 32,
  disks: [[4123, 4122]],
  usb: [[4126, 4122], [4130, 4127]],
  usbPages: 1,
  vgaLow: VGA_LOW,
  wavering: [],
  underKvm: {},
};
/** As 11.1 brings it: the first pass of q111-full-precopy; its code is a page shorter. */
const FIRMWARE_11_1: Firmware = {
  ...FIRMWARE_10_0,
  low: [[0, 1], [6, 8], [9, 10], [16, 19], [159, 161], [167, 169], [192, 193], [194, 195], [233, 256]],
  top: [[4126, 4124], [4121, 4096], [32, 29]],
  bios: [19, 64],
  disks: [[4122, 4121]],
  usb: [[4124, 4121], [4129, 4126]],
  wavering: [[4125, 4124]],
};
/**
 * On the q35 machine (first passes of guests of 64 and 256 MiB with all events traced; under KVM of guests of 256 MiB with
 * one and four vCPUs, with a disk and a card, and with a screen).
 */
const FIRMWARE_Q35_10_0: Firmware = {
  ...FIRMWARE_10_0,
  low: [
    [0, 1],
    [6, 8],
    [9, 10],
    [16, 19],
    [159, 161],
    [167, 169],
    [175, 176],
    [192, 193],
    [194, 195],
    [231, 256],
  ],
  top: [[4129, 4096], [33, 29]],
  free: 33,
  disks: [[4130, 4129]],
  usb: [[4131, 4129]],
  usbPages: 0,
  underKvm: { top: [[4127, 4126], [4125, 4096], [33, 29]], disks: [] },
};
const FIRMWARE_Q35_11_1: Firmware = {
  ...FIRMWARE_Q35_10_0,
  low: [...FIRMWARE_Q35_10_0.low.slice(0, -1), [233, 256]],
  top: [[4128, 4096], [33, 29]],
  bios: FIRMWARE_11_1.bios,
  disks: [[4129, 4128]],
  usb: [[4130, 4128]],
  vgaLow: [...VGA_LOW, [232, 233]],
  underKvm: { top: [[4126, 4125], [4124, 4096], [33, 29]], disks: [] },
};
/** The framebuffer and the ROM of a VGA card: RAMBlocks of their own, after pc.ram and after pc.rom. */
const VGA = { vram: 4096, vramFilled: [0, 16], rom: 16, romFilled: [0, 10] } as const;
/** Devices that a machine boots from, and those that bring USB. */
const DISKS: ReadonlySet<string> = new Set(["virtio-blk", "virtio-scsi"]);
const USB: ReadonlySet<string> = new Set(["xhci"]);
/**
 * Pages for the system management mode, which this KVM does not have: 3 pages of the first cycle are zero under KVM and
 * filled under TCG, in all recordings; on the q35 machine a fourth.
 */
const MANAGEMENT_MODE = {
  i440fx: [[160, 161], [167, 169]],
  q35: [[160, 161], [167, 169], [175, 176]],
} as const;
/**
 * A guest with more than this keeps 16 MiB for tables, others 256 KiB (guests of 28 to 60 MiB with every event traced, on
 * both machines: of 28 and 32 MiB the one, from 33 MiB on the other).
 */
const SMALL_PAGES = 8192;
const TABLE_PAGES = 4096;
const TABLE_PAGES_OF_SMALL = 64;

/**
 * The ROM blocks of the i440FX and Q35 machines, in search order, pc.bios aside.
 *
 * Order and sizes: facts/precopy.md section 0. Filled pages: the first pass of the recording full-precopy.
 */
const ROMS: readonly (readonly [name: string, pages: number, filled: readonly Span[]])[] = [
  ["/rom@etc/acpi/tables", 32, [[0, 3]]],
  ["pc.bios", 64, []],
  ["pc.rom", 32, []],
  ["/rom@etc/table-loader", 1, [[0, 1]]],
  ["/rom@etc/acpi/rsdp", 1, [[0, 1]]],
];
/**
 * Guests with less RAM than the first figure have all of it below 4 GiB; in others low memory ends at the second. In
 * pages: 3.5 and 3 GiB, 2.75 and 2 GiB.
 *
 * @see QEMU hw/i386/pc_piix.c and pc_q35.c, and guests of 3300, 3700, 2700 and 3000 MiB
 */
const LOW_MEMORY = { i440fx: [917_504, 786_432], q35: [720_896, 524_288] } as const;

/** Builds the RAM of a scenario's guest, with the content that it has before the first write of the workload. */
export function buildRam({ guest }: Scenario, { newerFirmware }: Profile): Ram {
  const kind = logKindOf(guest);
  if (guest.ram_blocks !== null) return givenRam(guest.ram_blocks, kind);
  const firmware = firmwareOf(guest, newerFirmware);
  const { low, bios } = firmware;
  const pages = guest.ram_bytes / 4096;
  const main = new RamBlock(mainBlockOf(guest), pages, kind);
  main.hostShift = Math.log2((guest.memory_backend?.page_bytes ?? 4096) / 4096);
  const kindOfMachine = guest.machine.includes("q35") ? "q35" : "i440fx";
  const [least, end] = LOW_MEMORY[kindOfMachine];
  const lowEnd = pages < least ? pages : end;
  for (const [start, end] of low) fillContent(main, start, end);
  if (guest.accelerator === "kvm") {
    for (const [start, end] of MANAGEMENT_MODE[kindOfMachine]) emptyContent(main, start, end);
  }
  const less = pages <= SMALL_PAGES ? TABLE_PAGES - TABLE_PAGES_OF_SMALL : 0;
  for (const [back, until] of firmware.top) {
    const nearer = until < TABLE_PAGES ? 0 : less;
    fillContent(main, Math.max(0, lowEnd - back + nearer), Math.max(0, lowEnd - until + nearer));
  }
  for (const { start_page, pages: filled, random } of guest.filled) {
    fillContent(main, start_page, start_page + filled);
    if (random) main.fillRandom(start_page, start_page + filled);
  }
  if (guest.touched.length > 0) {
    main.touched = newBitmap(pages);
    for (const { start_page, pages: count } of guest.touched) {
      setRange(main.touched, start_page, Math.min(pages, start_page + count));
    }
  }
  const roms = romsOf(guest).map(([name, size, filled]) => {
    const rom = new RamBlock(name, size, kind);
    for (const [start, end] of name === "pc.bios" ? [bios] : filled) fillContent(rom, start, end);
    return rom;
  });
  return new Ram([main, ...roms], kind);
}

/** Pages that are zero when a migration starts, before any write of the workload. */
export function zeroPagesOf(scenario: Scenario): number {
  const { blocks } = buildRam(scenario, profileOf(scenario.profile));
  return blocks.reduce((sum, { pages, content }) => sum + pages - countBits(content), 0);
}

/** The RAMBlock that the workload writes to. */
export function mainBlockOf({ memory_backend: backend, ram_blocks: blocks }: Scenario["guest"]): string {
  return blocks === null ? backend?.id ?? "pc.ram" : "pc.ram";
}

/** What the firmware of a machine with these devices fills. */
function firmwareOf(
  { machine, accelerator, added_devices: added }: Scenario["guest"],
  isNewer: boolean,
): Firmware {
  const isQ35 = machine.includes("q35");
  const underTcg = isQ35
    ? isNewer ? FIRMWARE_Q35_11_1 : FIRMWARE_Q35_10_0
    : isNewer
    ? FIRMWARE_11_1
    : FIRMWARE_10_0;
  const plain = accelerator === "tcg" ? underTcg : { ...underTcg, ...underTcg.underKvm };
  if (added.length === 0 && accelerator === "tcg") return plain;
  const disks = added.filter((name) => DISKS.has(name)).length;
  const hasUsb = added.some((name) => USB.has(name));
  const reach = plain.free + DISK_PAGES * disks + (hasUsb ? plain.usbPages : 0);
  const spared = hasUsb ? [] : plain.wavering;
  return {
    ...plain,
    low: [...plain.low, ...(added.includes("vga") ? plain.vgaLow : [])],
    top: [
      ...plain.top.flatMap((span) => without(span, spared)),
      ...(disks > 0 ? plain.disks : []),
      ...(hasUsb ? plain.usb : []),
      [reach, plain.free],
    ],
  };
}

/** What is left of a span that is counted back, some spans at its ends taken out. */
function without([back, until]: Span, spared: readonly Span[]): Span[] {
  let [from, to] = [back, until];
  for (const [spareFrom, spareTo] of spared) {
    if (spareFrom === from) from = spareTo;
    if (spareTo === to) to = spareFrom;
  }
  return from > to ? [[from, to]] : [];
}

/** The ROM blocks, and those of a VGA card among them. */
function romsOf({ machine, added_devices: added }: Scenario["guest"]): typeof ROMS {
  const index = added.indexOf("vga");
  if (index < 0) return ROMS;
  const slot = pciAddress(machine, index);
  const last = ROMS.findIndex(([name]) => name === "pc.rom") + 1;
  return [
    [`${slot}/vga.vram`, VGA.vram, [VGA.vramFilled]],
    ...ROMS.slice(0, last),
    [`${slot}/vga.rom`, VGA.rom, [VGA.romFilled]],
    ...ROMS.slice(last),
  ];
}

/** How the accelerator logs the guest's writes. */
function logKindOf({ accelerator, dirty_ring_entries }: Scenario["guest"]): DirtyLogKind {
  return accelerator === "kvm" && dirty_ring_entries !== null ? "ring" : accelerator;
}

function givenRam(given: NonNullable<Scenario["guest"]["ram_blocks"]>, kind: DirtyLogKind): Ram {
  const inOrder = given
    .map((block, index) => ({ block, index, max: block.max_pages ?? block.pages }))
    .sort((a, b) => b.max - a.max || a.index - b.index);
  const blocks = inOrder.map(({ block }) => {
    const made = new RamBlock(block.name, block.pages, kind);
    for (const { start_page, pages, random } of block.filled) {
      fillContent(made, start_page, start_page + pages);
      if (random) made.fillRandom(start_page, start_page + pages);
    }
    return made;
  });
  return new Ram(blocks, kind);
}

function emptyContent(block: RamBlock, start: number, end: number): void {
  clearRange(block.content, start, Math.min(end, block.pages));
}
