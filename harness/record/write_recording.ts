/**
 * Writes the facts and samples of a run as a recording's `meta.json` and `qmp.json`, so that a part of a run can be
 * judged again as the whole was.
 *
 * @module
 */
import type { OperatorAction, RunFacts, Sample } from "../trace/mod.ts";

/** The texts of both files. */
export interface RecordingFiles {
  readonly meta: string;
  readonly qmp: string;
}

/** Writes what {@linkcode readMeta} and {@linkcode readQmp} read back as the same. */
export function writeRecording(facts: RunFacts, samples: readonly Sample[]): RecordingFiles {
  const {
    version,
    destinationVersion,
    accelerator,
    transport,
    capabilities,
    parameters,
    guestRan,
    actions = [],
    unlogged,
  } = facts;
  const meta = {
    qemu: version,
    ...(destinationVersion === undefined || destinationVersion === version
      ? {}
      : { dst_qemu: destinationVersion }),
    accel: accelerator,
    transport,
    ...(unlogged === undefined ? {} : { events: "full", more_events: unlogged.map((name) => `-${name}`) }),
  };
  const command = (cmd: string, more: object = {}, at = 0) => ({ t: at / 1e6, side: "src", cmd, ...more });
  const entries = [
    ...(capabilities === undefined
      ? []
      : [command("query-migrate-capabilities", { ret: listOf(capabilities) })]),
    ...(parameters === undefined ? [] : [command("query-migrate-parameters", { ret: parameters })]),
    ...(guestRan === false ? [command("stop")] : []),
    ...actions.map((action) => command(action.command, argumentsOf(action), action.at)),
    ...samples.map(({ t_us, side, "query-migrate": sample }) => ({
      t: t_us / 1e6,
      side: side === "source" ? "src" : "dst",
      sample,
    })),
  ];
  return { meta: `${JSON.stringify(meta)}\n`, qmp: `${JSON.stringify({ entries })}\n` };
}

function argumentsOf({ command, parameters }: OperatorAction): object {
  if (parameters === undefined) return {};
  return {
    args: command === "migrate-set-capabilities" ? { capabilities: listOf(parameters) } : parameters,
  };
}

function listOf(capabilities: Readonly<Record<string, unknown>>): object[] {
  return Object.entries(capabilities).map(([capability, state]) => ({ capability, state }));
}
