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
  CPU_KVM_BYTES,
  CPU_PARKED_BYTES,
  KVMCLOCK,
  LAST,
  MACHINES,
  MORE_11_1,
  pciAddress,
  type Row,
  SKIPPED,
  TIMER,
  TPR,
  VMDESC_KVM,
  VMDESC_PER_KVM_VCPU,
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
  const family = guest.machine.includes("q35") ? "q35" : "i440fx";
  const machine = MACHINES[family];
  const isKvm = guest.accelerator === "kvm";
  const devices: Device[] = [];
  let id = FIRST_DEVICE_ID;
  const add = (rows: readonly Row[]): void => {
    for (const row of rows) devices.push(deviceOf(row, row === TIMER ? 0 : id++));
  };
  add([TIMER, ...vcpuRows(guest.vcpus, isKvm), ...(isKvm ? [KVMCLOCK] : []), ...machine.devices]);
  for (let instance = 0; instance < SKIPPED.instances; instance++) {
    const row: Row = [SKIPPED.name, SKIPPED.name, instance, 0, 0, SKIPPED.save, 0];
    devices.push({ ...deviceOf(row, id++), needed: false });
  }
  add(guest.added_devices.map((name, index): Row => {
    const { version, bytes, save, load } = ADDED[name];
    return [`${pciAddress(guest.machine, index)}/${name}`, name, 0, version, bytes, save, load];
  }));
  add(LAST);
  const furtherVcpus = guest.vcpus - 1;
  let vmdescBytes = machine.vmdescBytes + furtherVcpus * (isKvm ? VMDESC_PER_KVM_VCPU : VMDESC_PER_VCPU) +
    (isKvm ? VMDESC_KVM : 0) +
    guest.added_devices.reduce((sum, name) => sum + ADDED[name].vmdesc, 0);
  if (profile.moreDeviceState) {
    const more = MORE_11_1[family];
    for (const [index, device] of devices.entries()) {
      if (device.vmsd !== more.section) continue;
      devices[index] = { ...device, bytes: device.bytes + more.bytes + furtherVcpus * MORE_11_1.perVcpu };
    }
    vmdescBytes += more.vmdesc + (furtherVcpus > 0 ? MORE_11_1.vmdescOfSeveralVcpus : 0) +
      guest.added_devices.reduce((sum, name) => sum + (MORE_11_1.vmdescOf[name] ?? 0), 0);
  }
  if (profile.apicFirst) devices.sort((a, b) => Number(b.name === "apic") - Number(a.name === "apic"));
  return { devices, vmdescBytes };
}

/** Each vCPU registers its sections when it is made, one vCPU after the other. */
function vcpuRows(vcpus: number, isKvm: boolean): Row[] {
  const rows: Row[] = [];
  for (let vcpu = 0; vcpu < vcpus; vcpu++) {
    const isFirst = vcpu === 0;
    for (const row of [CPU_COMMON, CPU, ...(isFirst ? [TPR] : []), APIC]) {
      const [name, vmsd, , version, bytes, save, load] = row;
      const own = row !== CPU ? bytes : isKvm ? CPU_KVM_BYTES : isFirst ? bytes : CPU_PARKED_BYTES;
      rows.push([name, vmsd, vcpu, version, own, save, load]);
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
