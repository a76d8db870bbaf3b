/**
 * What a recording tells of its inputs: the shapes of `meta.json` and `qmp.json`, and what happened before `migrate`.
 *
 * Nothing here looks at a trace, nor at what `query-migrate` said after the migration had begun.
 *
 * @see recordings/README.md
 * @module
 */
import * as v from "valibot";
import type { QueryMigrate } from "../trace/mod.ts";
import { err, ok, type Result } from "../base/mod.ts";

const workload = v.looseObject({
  mode: v.string(),
  pages: v.optional(v.number()),
  us: v.optional(v.number()),
  fill: v.optional(v.number()),
  blob_mib: v.optional(v.number()),
  kind: v.optional(v.number()),
  mask: v.optional(v.number()),
  burst: v.optional(v.number()),
  off_ms: v.optional(v.number()),
  n: v.optional(v.number()),
  seed: v.optional(v.number()),
});

const META = v.looseObject({
  case: v.string(),
  qemu: v.string(),
  dst_qemu: v.nullish(v.string()),
  accel: v.picklist(["tcg", "kvm"]),
  machine: v.string(),
  ram_mib: v.number(),
  dst_ram_mib: v.nullish(v.number()),
  vcpus: v.number(),
  devices: v.array(v.string()),
  src_devices: v.array(v.string()),
  dst_devices: v.array(v.string()),
  workload: v.nullable(workload),
  events: v.string(),
  more_events: v.array(v.string()),
  transport: v.string(),
  relay_rate: v.nullable(v.number()),
  capabilities: v.object({ src: v.array(v.string()), dst: v.array(v.string()) }),
  touches_per_s_before: v.nullish(v.number()),
});
/** The inputs in `meta.json`. */
export type RecordedMeta = v.InferOutput<typeof META>;

const ENTRY = v.looseObject({
  t: v.number(),
  rt: v.optional(v.number()),
  side: v.optional(v.nullable(v.string())),
  cmd: v.optional(v.string()),
  args: v.optional(v.record(v.string(), v.unknown())),
  error: v.optional(v.unknown()),
  event: v.optional(v.string()),
  data: v.optional(v.unknown()),
  note: v.optional(v.string()),
  argv: v.optional(v.array(v.string())),
  touches: v.optional(v.number()),
  sample: v.optional(v.nullable(v.custom<QueryMigrate>((value) => typeof value === "object"))),
});
/** One entry of `qmp.json`. */
export type RecordedEntry = v.InferOutput<typeof ENTRY>;
const QMP = v.looseObject({ entries: v.array(ENTRY) });

/** The inputs of one recording. */
export interface RecordedInputs {
  readonly meta: RecordedMeta;
  readonly entries: readonly RecordedEntry[];
  /** When the first `migrate` was sent, in seconds on the recording's clock. */
  readonly start: number;
}

/** Checks the two files of a recording. The error is one sentence. */
export function readInputs(metaText: string, qmpText: string): Result<RecordedInputs, string> {
  const meta = parse(META, metaText, "meta.json");
  if (!meta.ok) return meta;
  const qmp = parse(QMP, qmpText, "qmp.json");
  if (!qmp.ok) return qmp;
  const { entries } = qmp.value;
  const migrate = entries.find(({ side, cmd }) => side === "src" && cmd === "migrate");
  if (migrate === undefined) return err("No migrate command was sent");
  return ok({ meta: meta.value, entries, start: migrate.t });
}

function parse<S extends v.GenericSchema>(
  schema: S,
  text: string,
  file: string,
): Result<v.InferOutput<S>, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return err(`${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return ok(parsed.output);
  const [issue] = parsed.issues;
  return err(`${file}: ${v.getDotPath(issue) ?? "the document"}: ${issue.message}`);
}
