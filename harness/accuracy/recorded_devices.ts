/**
 * The device sections of a recorded machine, from its command line.
 *
 * @module
 */
import { err, ok, type Result } from "../base/mod.ts";
import type { ScenarioInput } from "../scenario/mod.ts";
import type { RecordedMeta } from "./recorded_inputs.ts";

/** The part of a scenario's guest that a device list decides; empty for the machine's own devices. */
export function recordedDevices(
  meta: RecordedMeta,
): Result<Pick<NonNullable<ScenarioInput["guest"]>, "devices">, string> {
  const given = [...meta.devices, ...meta.src_devices].filter((word, index, all) => {
    // A uuid and the credentials of TLS are no devices; an object's memory backend changes no section.
    return word !== "-uuid" && all[index - 1] !== "-uuid" && word !== "-object" &&
      all[index - 1] !== "-object";
  });
  if (meta.machine !== "pc") return err(`Device sections of the machine ${meta.machine} are not known`);
  if (given.length > 0) {
    return err(`Device sections of ${given.filter((word) => word !== "-device").join(" ")} are not known`);
  }
  return ok({});
}
