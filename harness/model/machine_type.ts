/**
 * What the machine type has to say: who looks for zero pages, when channels are synced, whether the switchover is told.
 *
 * @see QEMU hw/core/machine.c (hw_compat) and facts/precopy.md 2.5, 6.2
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import type { Profile } from "./profile.ts";

/** Parameter zero-page-detection. */
export type ZeroPageDetection = "none" | "legacy" | "multifd";

/** The version at the end of a versioned machine type, such as 8.0 of `pc-q35-8.0`; nothing for others. */
function machineVersion(machine: string): readonly [major: number, minor: number] | null {
  const found = /-(\d+)\.(\d+)$/.exec(machine);
  return found === null ? null : [Number(found[1]), Number(found[2])];
}

function isAtMost(machine: string, major: number, minor: number): boolean {
  const version = machineVersion(machine);
  return version !== null && (version[0] < major || (version[0] === major && version[1] <= minor));
}

/** How zero pages are found: as set, else as the machine type has it (8.2 and older: legacy). */
export function zeroPageDetection({ guest, parameters }: Scenario, profile: Profile): ZeroPageDetection {
  if (!profile.channelsDetectZero) return "legacy";
  const given = parameters["zero-page-detection"];
  if (given === "none" || given === "legacy" || given === "multifd") return given;
  return isAtMost(guest.machine, 8, 2) ? "legacy" : "multifd";
}

/** Whether channels are synced after each section rather than each round (multifd-flush-after-each-section, to 8.0). */
export function syncsEachSection({ guest }: Scenario): boolean {
  return isAtMost(guest.machine, 8, 0);
}

/** Whether the destination is told that the switchover begins (send-switchover-start, off to 9.2). */
export function tellsSwitchover({ guest }: Scenario, profile: Profile): boolean {
  return profile.switchoverStart && !isAtMost(guest.machine, 9, 2);
}
