/**
 * Reads what a recording knows besides its traces: the facts of the run and the `query-migrate` samples.
 *
 * In:  the texts of `meta.json` and `qmp.json`, as `recordings/README.md` describes them.
 * Out: facts and samples, with times on the clock of the traces.
 *
 * @module
 */
import * as v from "valibot";
import { err, ok, type Place, placeAt, type Result } from "../base/mod.ts";
import { readJson } from "../scenario/mod.ts";
import {
  type OperatorAction,
  type Parameters,
  PER_PAGE,
  type QueryMigrate,
  type RunFacts,
  type Sample,
  type Side,
} from "../trace/mod.ts";

/** What a recording tells besides its traces. */
export interface Recording {
  readonly facts: RunFacts;
  readonly samples: readonly Sample[];
}

/** Why a file of a recording cannot be read, and where. */
export interface RecordingError {
  readonly at: Place;
  /** One sentence, without a full stop. */
  readonly reason: string;
}

const META_SCHEMA = v.looseObject({
  qemu: v.optional(v.string()),
  dst_qemu: v.optional(v.string()),
  accel: v.optional(v.string()),
  transport: v.optional(v.string()),
  events: v.optional(v.string()),
  more_events: v.optional(v.array(v.string())),
});

const ENTRY_SCHEMA = v.looseObject({
  t: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(9e9)),
  side: v.optional(v.nullable(v.string())),
  cmd: v.optional(v.string()),
  args: v.optional(v.record(v.string(), v.unknown())),
  error: v.optional(v.unknown()),
  ret: v.optional(v.unknown()),
  sample: v.optional(v.nullable(v.record(v.string(), v.unknown()))),
});
type Entry = v.InferOutput<typeof ENTRY_SCHEMA>;

const QMP_SCHEMA = v.looseObject({ entries: v.array(ENTRY_SCHEMA) });

const SAMPLE_SCHEMA = v.looseObject({
  t_us: v.pipe(v.number(), v.safeInteger()),
  side: v.picklist(["source", "destination"]),
  "query-migrate": v.record(v.string(), v.unknown()),
});

const SIDES: Readonly<Record<string, Side>> = { src: "source", dst: "destination", dst2: "destination" };

/** Reads `meta.json`: versions, accelerator, transport, and which events were switched off. */
export function readMeta(text: string): Result<RunFacts, RecordingError> {
  const meta = readShape(META_SCHEMA, text, "meta.json of a recording");
  if (!meta.ok) return meta;
  const { qemu, dst_qemu, accel, transport, events, more_events = [] } = meta.value;
  const version = versionIn(qemu);
  const destinationVersion = versionIn(dst_qemu);
  const kind = transport?.split("-")[0];
  const off = more_events.filter((name) => name.startsWith("-")).map((name) => name.slice(1));
  return ok({
    ...(version === undefined ? {} : { version }),
    ...(destinationVersion === undefined || destinationVersion === version ? {} : { destinationVersion }),
    ...(accel === "kvm" || accel === "tcg" ? { accelerator: accel } : {}),
    ...(kind === undefined ? {} : { transport: kind }),
    ...(events === "full" ? { unlogged: off } : {}),
    ...(events === "default" ? { unlogged: [...PER_PAGE, ...off] } : {}),
  });
}

function versionIn(text = ""): string | undefined {
  return /^\d+(?:\.\d+)+(?:-dev)?/.exec(text)?.[0];
}

/**
 * Reads a file of samples: the `qmp.json` of a recording, or one JSON object per line as `run --stats` writes them.
 *
 * Of a `qmp.json` the commands of the source are read too: what was set before the first `migrate` becomes
 * capabilities and parameters, what came later the operator's actions. A command that QEMU refused did nothing and is
 * left out; a refused `migrate` stays, since its attempt is in the trace.
 */
export function readQmp(text: string): Result<Recording, RecordingError> {
  if (/^\s*\{\s*"t_us"/.test(text)) return readSampleLines(text);
  const file = readShape(QMP_SCHEMA, text, "qmp.json of a recording");
  if (!file.ok) return file;
  const { entries } = file.value;
  return ok({ facts: factsOf(entries.filter(({ side }) => side === "src")), samples: samplesOf(entries) });
}

/** The facts of `meta.json` and `qmp.json` together. */
export function joinFacts(meta: RunFacts, qmp: RunFacts): RunFacts {
  return { ...meta, ...qmp };
}

function readSampleLines(text: string): Result<Recording, RecordingError> {
  const samples: Sample[] = [];
  let start = 0;
  for (const line of text.split("\n")) {
    if (line.trim() !== "") {
      const sample = readShape(SAMPLE_SCHEMA, line, "query-migrate sample");
      if (!sample.ok) {
        const { line: lineNumber } = placeAt(text, start);
        return err({ ...sample.error, at: { line: lineNumber, column: sample.error.at.column } });
      }
      samples.push(sample.value as Sample);
    }
    start += line.length + 1;
  }
  return ok({ facts: {}, samples });
}

function samplesOf(entries: readonly Entry[]): Sample[] {
  const samples: Sample[] = [];
  for (const { t, side, sample } of entries) {
    const of = SIDES[side ?? ""];
    if (of === undefined || sample === undefined || sample === null) continue;
    samples.push({ t_us: toMicros(t), side: of, "query-migrate": sample as QueryMigrate });
  }
  return samples;
}

function factsOf(entries: readonly Entry[]): RunFacts {
  let capabilities: Record<string, boolean> | undefined;
  let parameters: Parameters | undefined;
  let guestRan = true;
  let started = false;
  const actions: OperatorAction[] = [];
  for (const { t, cmd, args, error, ret } of entries) {
    if (cmd === undefined || (error !== undefined && cmd !== "migrate")) continue;
    const given = cmd === "migrate-set-capabilities"
      ? capabilitiesOf(args?.["capabilities"])
      : scalarsOf(args);
    if (cmd === "migrate") started = true;
    if (started) {
      if (cmd.startsWith("query-")) continue;
      const isSetting = cmd === "migrate-set-parameters" || cmd === "migrate-set-capabilities";
      actions.push({ at: toMicros(t), command: cmd, ...(isSetting ? { parameters: given } : {}) });
    } else if (cmd === "query-migrate-capabilities") capabilities = capabilitiesOf(ret);
    else if (cmd === "query-migrate-parameters") parameters = scalarsOf(ret);
    else if (cmd === "migrate-set-capabilities") {
      capabilities = { ...capabilities, ...capabilitiesOf(args?.["capabilities"]) };
    } else if (cmd === "migrate-set-parameters") parameters = { ...parameters, ...given };
    else if (cmd === "stop") guestRan = false;
    else if (cmd === "cont") guestRan = true;
  }
  return {
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(started ? { actions, guestRan } : {}),
  };
}

function capabilitiesOf(list: unknown): Record<string, boolean> {
  const found: Record<string, boolean> = {};
  for (const item of Array.isArray(list) ? list : []) {
    const { capability, state } = (item ?? {}) as { capability?: unknown; state?: unknown };
    if (typeof capability === "string" && typeof state === "boolean") found[capability] = state;
  }
  return found;
}

/** Numbers, booleans and texts of an object; what else a parameter may be (a list, null) is left out. */
function scalarsOf(value: unknown): Record<string, number | boolean | string> {
  const found: Record<string, number | boolean | string> = {};
  for (const [name, item] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    if (typeof item === "number" || typeof item === "boolean" || typeof item === "string") found[name] = item;
  }
  return found;
}

/** Seconds since 1970 as whole microseconds: a double holds them with a quarter of a microsecond to spare. */
function toMicros(seconds: number): number {
  return Math.round(seconds * 1e6);
}

/** Parses and validates; places are looked for only when something is wrong, since that takes a second parser. */
function readShape<S extends v.GenericSchema>(
  schema: S,
  text: string,
  what: string,
): Result<v.InferOutput<S>, RecordingError> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const tree = readJson(text);
    if (tree.ok) return err({ at: { line: 1, column: 1 }, reason: `This is no ${what}` });
    return err({ at: placeAt(text, tree.error.offset), reason: tree.error.reason });
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return ok(parsed.output);
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue) ?? "the document";
  return err({
    at: { line: 1, column: 1 },
    reason: `This is no ${what}: ${path} must not be ${issue.received}`,
  });
}
