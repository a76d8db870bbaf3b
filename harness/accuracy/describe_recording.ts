/**
 * A recording's inputs as a scenario: what was set and done, never what came of it.
 *
 * In:  `meta.json` and `qmp.json`: machine, workload, the guest's rate before the migration, capabilities, parameters,
 *      the operator's commands and the recorder's interventions with their times.
 * Out: a scenario for the model, or the reason why there is none.
 *
 * Where the recorder waited for a status before it acted (migrate-continue, a kill in the device phase), the time
 * between that status and the act is the input, so the status event's moment is read for it, and for nothing else.
 *
 * @module
 */
import { err, ok, type Result } from "../base/mod.ts";
import { CAPABILITIES, makeScenario, PROFILE_NAMES, type ScenarioInput } from "../scenario/mod.ts";
import type { Scenario } from "../scenario/mod.ts";
import { lackingDevice, recordedDevices } from "./recorded_devices.ts";
import type { RecordedEntry, RecordedInputs, RecordedMeta } from "./recorded_inputs.ts";
import { versionOf } from "./recorded_version.ts";
import { describeWorkload } from "./recorded_workload.ts";

type Action = NonNullable<ScenarioInput["operator"]>[number];
type Fault = NonNullable<ScenarioInput["faults"]>[number];
type From = NonNullable<Action["from"]>;

/** Capabilities that leave the migration's course as it is: events for the recorder, and what is not precopy's. */
const SILENT: ReadonlySet<string> = new Set(["events"]);
/** Capabilities that the model does not cover, and why a recording with one is no case for it. */
const NOT_MODELLED: Readonly<Record<string, string>> = {
  "postcopy-ram": "postcopy is not modelled",
  "x-colo": "COLO is not modelled",
  "x-ignore-shared": "memory shared with the destination is not modelled",
  "background-snapshot": "background-snapshot is not modelled",
  "dirty-bitmaps": "dirty bitmaps of disks are not modelled",
  "compress": "compress threads are not modelled",
};
/** The recorder's transports, which are QEMU's with what is at their other end. */
const TRANSPORTS: Readonly<Record<string, Scenario["transport"]>> = {
  "unix": "unix",
  "tcp": "tcp",
  "fd": "fd",
  "fd-pipe": "fd-pipe",
  "exec": "exec",
  "exec-gzip": "exec",
  "file": "file",
};
/** Those that the destination loads from when all is written. */
const STORED: ReadonlySet<string> = new Set(["exec-gzip", "file"]);
/** Those whose destination is told where to load from when it starts, or starts later, not by a command before. */
const LISTENS_FROM_ITS_START = /^(?:fd|fd-pipe|exec-gzip|file)$/;
/** Statuses in which a migration is over. */
const ENDS: ReadonlySet<unknown> = new Set(["completed", "failed", "cancelled"]);
/** How long the recorder waits after the end before it says quit where nothing tells (precopy-bw64-dr31: 0.5 s). */
const QUIT_MS = 540;
/** A stored stream of these guests is loaded in 150 ms, gunzip included in 700 ms (file-plain, exec-gzip). */
const LOAD_MS = 700;
/** Between two samples the recorder rests 60 ms; the model samples more often, so that moments can be compared. */
const SAMPLING_MS = 10;

/** Describes a recording. The error is the reason why it is not a case for the model, in one sentence. */
export function describeRecording(inputs: RecordedInputs): Result<Scenario, string> {
  const refusal = refuse(inputs);
  if (refusal !== null) return err(refusal);
  const { meta } = inputs;
  const devices = recordedDevices(meta);
  if (!devices.ok) return devices;
  const workload = describeWorkload(inputs);
  const { operator, faults } = describeActs(inputs);
  const input: ScenarioInput = {
    why: `The inputs of the recording ${meta.case}`,
    profile: versionOf(meta.qemu)?.profile ?? "10.0",
    guest: {
      accelerator: meta.accel,
      machine: machineOf(meta),
      ram_bytes: meta.ram_mib * 2 ** 20,
      vcpus: meta.vcpus,
      dirty_ring_entries: ringOf(inputs),
      memory_backend: memoryBackendOf(meta),
      filled: workload.filled,
      touched: workload.touched,
      running: ranBefore(inputs),
      added_devices: devices.value,
    },
    workload: workload.phases,
    link: linkOf(meta),
    transport: TRANSPORTS[meta.transport] ?? "unix",
    incoming_after_ms: STORED.has(meta.transport) ? loadedAfter(inputs) : null,
    capabilities: Object.fromEntries(
      meta.capabilities.src.filter((name) => name in CAPABILITIES && !SILENT.has(name)).map((
        name,
      ) => [name, true]),
    ),
    parameters: { ...parametersBefore(inputs), ...announceParameters(inputs) },
    exit_on_error: exitsOnError(inputs),
    traces_every_event: meta.events === "full",
    operator,
    faults,
    sampling_interval_ms: SAMPLING_MS,
  };
  try {
    return ok(makeScenario(input));
  } catch (error) {
    return err(`No valid scenario: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
  }
}

function refuse({ meta, entries }: RecordedInputs): string | null {
  if (versionOf(meta.qemu) === null) {
    return `QEMU ${meta.qemu.split(" ")[0]} is not modelled: the profiles are ${PROFILE_NAMES.join(", ")}`;
  }
  if (meta.workload === null) return "The guest's workload was not recorded";
  for (const name of [...meta.capabilities.src, ...meta.capabilities.dst]) {
    const reason = NOT_MODELLED[name];
    if (reason !== undefined) return `Capability ${name}: ${reason}`;
  }
  if (meta.capabilities.src.includes("multifd") !== meta.capabilities.dst.includes("multifd")) {
    return "Capability multifd: two sides that differ in it are not modelled";
  }
  if (!/^(unix|tcp)$/.test(meta.transport) && !entries.some(({ side }) => side === "dst")) {
    return "No destination was started: what became of the stream is not modelled";
  }
  if (!(meta.transport in TRANSPORTS)) {
    return `Transport ${meta.transport} is not modelled`;
  }
  const parameters = parametersBefore({ meta, entries, start: Infinity });
  if ("mode" in parameters && parameters["mode"] !== "normal") {
    return `Mode ${parameters["mode"]} is not modelled`;
  }
  return null;
}

/** The full name of the machine type, whose length is part of the stream. */
function machineOf(meta: RecordedMeta): string {
  const version = versionOf(meta.qemu)?.version ?? "10.0";
  return meta.machine === "pc"
    ? `pc-i440fx-${version}`
    : meta.machine === "q35"
    ? `pc-q35-${version}`
    : meta.machine;
}

/** When the destination was told to load, counted from the end of the migration, which the recorder waited for. */
function loadedAfter({ entries, start }: RecordedInputs): number {
  const completed = entries.find(({ t, side, event, data }) =>
    t >= start && side === "src" && event === "MIGRATION" &&
    (data as { status?: unknown } | null)?.status === "completed"
  );
  const loads = entries.find(({ t, side, cmd }) =>
    t >= start && side === "dst" && cmd === "migrate-incoming"
  );
  return completed === undefined || loads === undefined ? 0 : Math.round((loads.t - completed.t) * 1000);
}

/** How long after the last migration's end the processes were told to quit. */
function quitAfter({ meta, entries, start }: RecordedInputs): number {
  const ended = entries.findLast(({ side, event, data }) =>
    side === "src" && event === "MIGRATION" && ENDS.has((data as { status?: unknown } | null)?.status)
  );
  const quit = entries.find(({ t, cmd }) => cmd === "quit" && ended !== undefined && t > ended.t);
  if (ended !== undefined && quit !== undefined) return Math.round((quit.t - ended.t) * 1000);
  // Who loads later is given time to.
  return QUIT_MS + (STORED.has(meta.transport) ? loadedAfter({ meta, entries, start }) + LOAD_MS : 0);
}

function linkOf({ relay_rate: rate, transport }: RecordedMeta): ScenarioInput["link"] {
  if (transport === "exec-gzip") return { compressor: "gzip" };
  return rate === null ? {} : { relay: true, rate_bytes_per_second: rate === 0 ? null : rate };
}

/** The size of the dirty ring, from the command line. */
function ringOf({ entries }: RecordedInputs): number | null {
  const argv = entries.find(({ side, argv }) => side === "src" && argv !== undefined)?.argv ?? [];
  const entriesGiven = /dirty-ring-size=(\d+)/.exec(argv.join(" "))?.[1];
  return entriesGiven === undefined ? null : Number(entriesGiven);
}

/** The object that RAM is made of, from the command line; its huge pages are of 2 MiB unless it says otherwise. */
function memoryBackendOf({ devices }: RecordedMeta): NonNullable<ScenarioInput["guest"]>["memory_backend"] {
  const id = /(?:^| )-machine (?:\S*,)?memory-backend=([^, ]+)/.exec(devices.join(" "))?.[1];
  if (id === undefined) return null;
  const object = devices.find((words) =>
    /^memory-backend-/.test(words) && words.split(",").includes(`id=${id}`)
  );
  const size = /hugetlbsize=(\d+)([MG])/.exec(object ?? "");
  const isHuge = size !== null || /hugetlb=on|mem-path=[^,]*huge/.test(object ?? "");
  const bytes = size === null ? 2 ** 21 : Number(size[1]) * (size[2] === "M" ? 2 ** 20 : 2 ** 30);
  return { id, page_bytes: !isHuge ? 4096 : bytes === 2 ** 30 ? 1073741824 : 2097152 };
}

function scalars(
  given: Readonly<Record<string, unknown>> | undefined,
): Record<string, number | boolean | string> {
  const found: Record<string, number | boolean | string> = {};
  for (const [name, value] of Object.entries(given ?? {})) {
    if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") {
      found[name] = value;
    }
  }
  return found;
}

function parametersBefore({ entries, start }: RecordedInputs): Record<string, number | boolean | string> {
  const set: Record<string, number | boolean | string> = {};
  for (const { t, side, cmd, args, error } of entries) {
    if (t >= start) break;
    if (side === "src" && cmd === "migrate-set-parameters" && error === undefined) {
      Object.assign(set, scalars(args));
    }
  }
  return set;
}

/** How the destination announces the guest is set there. */
function announceParameters({ entries }: RecordedInputs): Record<string, number | boolean | string> {
  const set = entries.filter(({ side, cmd }) => side === "dst" && cmd === "migrate-set-parameters");
  return Object.fromEntries(
    set.flatMap(({ args }) => Object.entries(scalars(args))).filter(([name]) => name.startsWith("announce-")),
  );
}

function exitsOnError({ entries }: RecordedInputs): boolean {
  return !entries.some(({ side, cmd, args }) =>
    side === "dst" && cmd === "migrate-incoming" && args?.["exit-on-error"] === false
  );
}

function ranBefore({ entries, start }: RecordedInputs): boolean {
  let running = true;
  for (const { t, side, cmd } of entries) {
    if (t >= start) break;
    if (side === "src" && (cmd === "stop" || cmd === "cont")) running = cmd === "cont";
  }
  return running;
}

/** How long after the cancel the recorder ended the hanging connection attempt (cancel-setup of both versions). */
const HANG_UP_MS = 602;

/** Nobody listened; where the operator cancelled nevertheless, the attempt hung. */
function describeDeafness(entries: readonly RecordedEntry[], start: number): Fault {
  const cancel = entries.find(({ t, side, cmd }) => side === "src" && cmd === "migrate_cancel" && t > start);
  if (cancel === undefined) return { at_ms: 0, kind: "no-listener" };
  return { at_ms: Math.round((cancel.t - start) * 1000) + HANG_UP_MS, kind: "not-accepted" };
}

/** Where the destination's machine differs from the source's so that it cannot load the stream. */
function refusedSection({ meta, entries }: RecordedInputs): string | null {
  const { ram_mib, dst_ram_mib, src_devices, dst_devices, capabilities } = meta;
  // The last -machine of a command line counts.
  const machineOn = (side: string): string | undefined => {
    const argv = entries.find((entry) => entry.side === side && entry.argv !== undefined)?.argv ?? [];
    return argv[argv.lastIndexOf("-machine") + 1];
  };
  if (machineOn("src") !== machineOn("dst")) return "configuration";
  const lacking = lackingDevice(meta);
  if (lacking !== null) return lacking;
  if (dst_ram_mib !== null && dst_ram_mib !== undefined && dst_ram_mib !== ram_mib) return "ram";
  const uuidOf = (words: readonly string[]): string | undefined => words[words.indexOf("-uuid") + 1];
  if (capabilities.src.includes("validate-uuid") && uuidOf(src_devices) !== uuidOf(dst_devices)) {
    return "configuration";
  }
  return null;
}

/** Statuses that the recorder waits for before it acts. */
const AWAITED: ReadonlySet<unknown> = new Set(["pre-switchover", "device"]);

interface Acts {
  operator: Action[];
  faults: Fault[];
}

function describeActs({ meta, entries, start }: RecordedInputs): Acts {
  const acts: Acts = { operator: [], faults: [] };
  let awaited: { status: From; t: number } | null = null;
  let migrations = 0;
  const destinationListens = LISTENS_FROM_ITS_START.test(meta.transport) ||
    entries.some(({ t, side, cmd }) => side === "dst" && cmd === "migrate-incoming" && t < start);
  if (!destinationListens) acts.faults.push(describeDeafness(entries, start));
  const refused = refusedSection({ meta, entries, start });
  if (refused !== null) acts.faults.push({ at_ms: 0, kind: "destination-refuses", section: refused });
  for (const entry of entries) {
    const { t, side, cmd, event, data, error } = entry;
    if (t < start) continue;
    if (side === "src" && event === "MIGRATION") {
      const status = (data as { status?: unknown } | null)?.status;
      awaited = AWAITED.has(status) ? { status: status as From, t } : null;
    }
    const moment = awaited === null
      ? { at_ms: Math.round((t - start) * 1000) }
      : { at_ms: Math.round((t - awaited.t) * 1000), from: awaited.status };
    if (side === "src" && cmd === "migrate" && ++migrations === 1) continue;
    if (side === "src" && cmd !== undefined && error === undefined) describeCommand(entry, moment, acts);
    describeIntervention(entry, moment, acts, entries);
  }
  const ends: readonly From[] = migrations > 1 ? ["completed"] : ["completed", "failed", "cancelled"];
  const quitMs = quitAfter({ meta, entries, start });
  const hung = acts.faults.find(({ kind }) => kind === "not-accepted");
  if (hung !== undefined) acts.operator.push({ at_ms: hung.at_ms + QUIT_MS, execute: "quit" });
  else for (const from of ends) acts.operator.push({ at_ms: quitMs, from, execute: "quit" });
  const cutShort = quitBeforeEnd({ entries, start });
  if (cutShort !== null) acts.operator.push({ at_ms: cutShort, execute: "quit" });
  return acts;
}

/** When the source was told to quit in the middle of its last migration; null if that was over. */
function quitBeforeEnd({ entries, start }: Pick<RecordedInputs, "entries" | "start">): number | null {
  const last = migrationsOf(entries).at(-1);
  const quit = entries.find(({ t, side, cmd }) => side === "src" && cmd === "quit" && t > start);
  if (last === undefined || quit === undefined) return null;
  const isOver = entries.some(({ t, side, event, data }) =>
    side === "src" && event === "MIGRATION" && t > last.t && t < quit.t &&
    ENDS.has((data as { status?: unknown } | null)?.status)
  );
  return isOver ? null : Math.round((quit.t - start) * 1000);
}

/** The `migrate` commands that QEMU took. */
export function migrationsOf(entries: readonly RecordedEntry[]): RecordedEntry[] {
  return entries.filter(({ side, cmd, error }) => side === "src" && cmd === "migrate" && error === undefined);
}

function describeCommand(
  { cmd, args }: RecordedEntry,
  moment: { at_ms: number; from?: From },
  { operator }: Acts,
): void {
  switch (cmd) {
    case "migrate":
    case "migrate_cancel":
    case "migrate-continue":
    case "stop":
    case "cont":
    case "yank":
      operator.push({ ...moment, execute: cmd });
      break;
    case "migrate-set-parameters":
      operator.push({ ...moment, execute: cmd, arguments: scalars(args) });
      break;
  }
}

/** What the recorder did besides QMP: kills and cuts, unless everything was over by then. */
function describeIntervention(
  { t, side, note }: RecordedEntry,
  moment: { at_ms: number; from?: From },
  { faults }: Acts,
  entries: readonly RecordedEntry[],
): void {
  if (note === "SIGKILL" && side === "dst") faults.push({ ...moment, kind: "destination-dies" });
  if (note === "SIGKILL" && side === "src") faults.push({ ...moment, kind: "source-dies" });
  const isOver = entries.some((entry) => entry.side === "src" && entry.note === "exit" && entry.t <= t);
  if (note === "cut" && side === "relay" && !isOver) faults.push({ ...moment, kind: "network-cut" });
}
