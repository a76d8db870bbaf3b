/**
 * Reads a scenario from its JSON text: every error with its place, in one sentence.
 *
 * @module
 */
import { findNodeAtLocation, type Node } from "jsonc-parser";
import * as v from "valibot";
import { err, ok, type Place, placeAt, type Result, showPlace } from "../base/mod.ts";
import { checkScenario, type Finding } from "./check_scenario.ts";
import { describeSchema, descriptionOf, keysOf, type PathStep, schemaAt } from "./describe_schema.ts";
import { didYouMean } from "./nearest_name.ts";
import { jsonValue, propertiesOf, quickJson, readJson } from "./read_json.ts";
import { type Scenario, SCENARIO_SCHEMA, type ScenarioInput } from "./schema.ts";

/** How many errors of one file are told; the last one then says how many there are besides. */
export const ERRORS_MAX = 50;

/** One thing wrong with a scenario, and where. */
export interface ScenarioError {
  readonly file: string;
  readonly at: Place;
  /** The path in the file, such as `workload[0].pages`; empty for the whole file. */
  readonly path: string;
  /** One sentence, without a full stop. */
  readonly message: string;
}

/** The error on one line, as compilers print it: `file:line:column: message`. */
export function showScenarioError({ file, at, message }: ScenarioError): string {
  return `${showPlace(file, at)}: ${message}`;
}

/**
 * Reads a scenario.
 *
 * Keys and types are checked first; what must hold across keys (ranges inside RAM, QEMU's names and legal values)
 * only when these are right, so that one mistake is told once.
 *
 * @param file The name that errors carry.
 */
export function parseScenario(text: string, file: string): Result<Scenario, readonly ScenarioError[]> {
  // What is right in every way needs no places, and most scenarios are: thousands are read in a row.
  const value = quickJson(text);
  const parsed = value === undefined ? undefined : v.safeParse(SCENARIO_SCHEMA, value);
  if (
    parsed?.success === true && hasShapeOf(value, parsed.output) && checkScenario(parsed.output).length === 0
  ) {
    return ok(parsed.output);
  }
  return parseSlowly(text, file);
}

function parseSlowly(text: string, file: string): Result<Scenario, readonly ScenarioError[]> {
  const tree = readJson(text);
  if (!tree.ok) {
    const { offset, reason } = tree.error;
    return err([{ file, at: placeAt(text, offset), path: "", message: reason }]);
  }
  const value = jsonValue(tree.value);
  const unknownKeys: Finding[] = [];
  findUnknownKeys(tree.value, value, [], unknownKeys);
  const parsed = v.safeParse(SCENARIO_SCHEMA, value);
  const findings = [...unknownKeys];
  for (const finding of (parsed.issues ?? []).flatMap((issue) => explain(issue, value))) {
    if (!unknownKeys.some((told) => isWithin(finding.path, told))) findings.push(finding);
  }
  if (findings.length === 0 && parsed.success) findings.push(...checkScenario(parsed.output));
  if (findings.length === 0 && parsed.success) return ok(parsed.output);
  return err(place(findings, tree.value, text, file));
}

/**
 * Makes a scenario of an object written in code, with every default filled in.
 *
 * @example Two lines are a scenario
 * ```ts
 * const idle = makeScenario({ why: "nothing is written, so one iteration is enough" });
 * if (idle.guest.ram_bytes !== 134217728) throw new Error("The default is 128 MiB");
 * ```
 * @throws {RangeError} If it is no valid scenario; the message has one line for each mistake.
 */
export function makeScenario(input: ScenarioInput): Scenario {
  const parsed = parseScenario(JSON.stringify(input, null, 1), "scenario");
  if (parsed.ok) return parsed.value;
  throw new RangeError(parsed.error.map(({ path, message }) => `${path}: ${message}`).join("\n"));
}

/** Whether lists stand where lists are meant, and objects where objects are: valibot takes a list for an object. */
function hasShapeOf(value: unknown, parsed: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (typeof parsed !== "object" || parsed === null || Array.isArray(value) !== Array.isArray(parsed)) {
    return false;
  }
  const within = parsed as Readonly<Record<string, unknown>>;
  return Object.entries(value).every(([key, inner]) => hasShapeOf(inner, within[key]));
}

/** Valibot stops at an object's first unknown key and takes a list for an object, so both are looked for here. */
function findUnknownKeys(node: Node, root: unknown, path: readonly PathStep[], into: Finding[]): void {
  const schema = schemaAt(SCENARIO_SCHEMA, path, root);
  if (schema === undefined) return;
  const value = jsonValue(node);
  if (node.type === "array") {
    if (keysOf(schema, value) !== undefined) {
      into.push({ path, message: `${nameOf(path)} must be an object, not a list` });
    } else {
      for (const [index, child] of (node.children ?? []).entries()) {
        findUnknownKeys(child, root, [...path, index], into);
      }
    }
  }
  if (node.type !== "object") return;
  const known = keysOf(schema, value);
  for (const [key, child] of propertiesOf(node)) {
    const name = String(key.value);
    if (known !== undefined && !known.includes(name)) {
      const where = path.length === 0 ? "" : ` in ${nameOf(path)}`;
      into.push({
        path: [...path, name],
        atKey: true,
        message: `Unknown key "${name}"${where}${didYouMean(name, known)}`,
      });
    } else findUnknownKeys(child, root, [...path, name], into);
  }
}

/** Whether a path leads to or into something that was told to be no object: what it lacks follows from that. */
function isWithin(path: readonly PathStep[], told: Finding): boolean {
  return told.atKey !== true && told.path.every((step, index) => step === path[index]);
}

function explain(issue: v.BaseIssue<unknown>, root: unknown): Finding[] {
  const path = (issue.path ?? []).map(({ key }) => key as PathStep);
  const missing = issue.input === undefined && issue.received === "undefined";
  // Told by findUnknownKeys already.
  if (issue.type === "strict_object" && issue.expected === "never") return [];
  const schema = schemaAt(SCENARIO_SCHEMA, path, root);
  if (missing) {
    const key = String(path.at(-1));
    const parent = path.slice(0, -1);
    const where = parent.length === 0 ? "The scenario" : nameOf(parent);
    const text = schema === undefined ? undefined : descriptionOf(schema);
    return [{ path: parent, message: `${where} lacks "${key}"${text === undefined ? "" : ` (${text})`}` }];
  }
  // Only an unknown discriminator of a variant has no schema: valibot then lists the known ones.
  const known = `one of ${String(issue.expected).replace(/[()"]/g, "").replaceAll(" | ", ", ")}`;
  const wanted = schema === undefined ? known : describeSchema(schema);
  return [{ path, message: `${nameOf(path)} must be ${wanted}, not ${showValue(issue.input)}` }];
}

function place(findings: readonly Finding[], tree: Node, text: string, file: string): ScenarioError[] {
  const errors: ScenarioError[] = [];
  const told = new Set<string>();
  for (const { path, atKey, message } of findings) {
    const name = nameOf(path);
    // One value may break several bounds; the sentence names them all at once.
    if (told.has(`${name} ${message}`)) continue;
    told.add(`${name} ${message}`);
    if (errors.length === ERRORS_MAX) continue;
    const value = findNodeAtLocation(tree, [...path]) ?? tree;
    const node = atKey === true ? value.parent?.children?.[0] ?? value : value;
    errors.push({ file, at: placeAt(text, node.offset), path: path.length === 0 ? "" : name, message });
  }
  errors.sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  const rest = told.size - errors.length;
  const last = errors.at(-1);
  if (rest > 0 && last !== undefined) {
    errors.push({ file, at: last.at, path: "", message: `There are ${rest} errors more in this file` });
  }
  return errors;
}

function nameOf(path: readonly PathStep[]): string {
  let name = "";
  for (const step of path) {
    if (typeof step === "number") name += `[${step}]`;
    else name += name === "" ? step : `.${step}`;
  }
  return name === "" ? "The scenario" : name;
}

function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
