/**
 * What the machines bring along: their device sections.
 *
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import { COSTS } from "./calibration.ts";
import {
  ADDED,
  APIC,
  CPU,
  CPU_COMMON,
  CPU_PARKED_BYTES,
  KVMCLOCK,
  LAST,
  MACHINES,
  type Row,
  SKIPPED,
  TIMER,
  TPR,
  VMDESC_KVM,
  VMDESC_LESS_11_1,
  VMDESC_PER_VCPU,
} from "./device_table.ts";
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

/** Section ids of the handlers that are registered before the devices: timer 0, ram 1, dirty-bitmap 2. */
const FIRST_DEVICE_ID = 3;
/** The slot of the first added device on the PCI bus of the i440FX machine. */
const FIRST_SLOT = 2;
/** 11.1's device sections hold this much more (its postcopy package is 13463 bytes against 13419). */
const MORE_STATE_11_1 = 44;

/** The device sections of a guest, in the order of the stream, and the length of their description. */
export interface DeviceState {
  readonly devices: readonly Device[];
  readonly vmdescBytes: number;
}

/** The device sections of a scenario's guest. */
export function deviceState(scenario: Scenario, profile: Profile): DeviceState {
  const { devices, vmdescBytes } = plainState(scenario, profile);
  if (!scenario.traces_every_event) return { devices, vmdescBytes };
  return {
    devices: devices.map((device) => {
      const traced = device.bytes * COSTS.tracedStateByte;
      return { ...device, saveMicros: device.saveMicros + traced, loadMicros: device.loadMicros + traced };
    }),
    vmdescBytes,
  };
}

function plainState({ guest }: Scenario, profile: Profile): DeviceState {
  if (guest.devices !== null) return givenDevices(guest.devices);
  const machine = MACHINES[guest.machine.includes("q35") ? "q35" : "i440fx"];
  const isKvm = guest.accelerator === "kvm";
  const devices: Device[] = [];
  let id = FIRST_DEVICE_ID;
  const add = (rows: readonly Row[]): void => {
    for (const row of rows) devices.push(deviceOf(row, row === TIMER ? 0 : id++));
  };
  add([TIMER, ...vcpuRows(guest.vcpus), ...(isKvm ? [KVMCLOCK] : []), ...machine.devices]);
  for (let instance = 0; instance < SKIPPED.instances; instance++) {
    const row: Row = [SKIPPED.name, SKIPPED.name, instance, 0, 0, SKIPPED.save, 0];
    devices.push({ ...deviceOf(row, id++), needed: false });
  }
  add(guest.added_devices.map((name, index): Row => {
    const { version, bytes, save, load } = ADDED[name];
    const slot = (FIRST_SLOT + index).toString(16).padStart(2, "0");
    return [`0000:00:${slot}.0/${name}`, name, 0, version, bytes, save, load];
  }));
  add(LAST);
  const last = devices.at(-1);
  if (profile.moreDeviceState && last !== undefined) {
    devices[devices.length - 1] = { ...last, bytes: last.bytes + MORE_STATE_11_1 };
  }
  if (profile.apicFirst) devices.sort((a, b) => Number(b.name === "apic") - Number(a.name === "apic"));
  const vmdescBytes = machine.vmdescBytes + (guest.vcpus - 1) * VMDESC_PER_VCPU + (isKvm ? VMDESC_KVM : 0) +
    guest.added_devices.reduce((sum, name) => sum + ADDED[name].vmdesc, 0) -
    (profile.moreDeviceState ? VMDESC_LESS_11_1 : 0);
  return { devices, vmdescBytes };
}

/** Each vCPU registers its sections when it is made, one vCPU after the other. */
function vcpuRows(vcpus: number): Row[] {
  const rows: Row[] = [];
  for (let vcpu = 0; vcpu < vcpus; vcpu++) {
    const isFirst = vcpu === 0;
    for (const row of [CPU_COMMON, CPU, ...(isFirst ? [TPR] : []), APIC]) {
      const [name, vmsd, , version, bytes, save, load] = row;
      rows.push([name, vmsd, vcpu, version, row === CPU && !isFirst ? CPU_PARKED_BYTES : bytes, save, load]);
    }
  }
  return rows;
}

function deviceOf([name, vmsd, instance, version, bytes, save, load]: Row, sectionId: number): Device {
  return {
    name,
    instance,
    sectionId,
    vmsd,
    version,
    bytes,
    saveMicros: save,
    loadMicros: load,
    needed: true,
  };
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
