/**
 * Walks the schema beside a scenario: what may stand at a path, in words, and which keys an object knows.
 *
 * @module
 */
import type * as v from "valibot";

/** The parts of valibot's schemas that this file reads; which of them are there follows from `type`. */
interface SchemaShape {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaShape>>;
  readonly wrapped?: SchemaShape;
  readonly item?: SchemaShape;
  readonly value?: SchemaShape;
  readonly literal?: unknown;
  readonly key?: unknown;
  readonly options?: readonly unknown[];
  readonly pipe?: readonly {
    readonly type: string;
    readonly requirement?: unknown;
    readonly description?: unknown;
  }[];
}

/** One step into a value: a key of an object or an index of a list. */
export type PathStep = string | number;

/** The schema that a value at this path must meet; `undefined` where the schema knows no such path. */
export function schemaAt(
  root: v.GenericSchema,
  path: readonly PathStep[],
  value: unknown,
): v.GenericSchema | undefined {
  let schema: SchemaShape | undefined = root as unknown as SchemaShape;
  let at = value;
  for (const step of path) {
    schema = inside(unwrap(schema), step, at);
    if (schema === undefined) return undefined;
    at = (at as Record<PathStep, unknown> | null | undefined)?.[step];
  }
  return schema as unknown as v.GenericSchema;
}

/** The keys that an object of this schema may have; `undefined` when it is no object or takes any key. */
export function keysOf(schema: v.GenericSchema, value: unknown): readonly string[] | undefined {
  const object = pickVariant(unwrap(schema as unknown as SchemaShape), value);
  return object?.entries === undefined ? undefined : Object.keys(object.entries);
}

/** What must stand where this schema is, in words that follow "must be". */
export function describeSchema(schema: v.GenericSchema): string {
  return describe(schema as unknown as SchemaShape);
}

/** The description that the schema carries, without its full stop. */
export function descriptionOf(schema: v.GenericSchema): string | undefined {
  const shape = schema as unknown as SchemaShape;
  for (const { type, description } of shape.pipe ?? []) {
    if (type === "description" && typeof description === "string") return description.replace(/\.$/, "");
  }
  return undefined;
}

/** What a numeric value of this schema is a multiple of: 0 for any number; `undefined` when it is no number. */
export function stepOf(schema: v.GenericSchema): number | undefined {
  let shape = schema as unknown as SchemaShape;
  while (shape.wrapped !== undefined) shape = shape.wrapped;
  if (shape.type !== "number") return undefined;
  const { integer, multipleOf } = limits(shape);
  return typeof multipleOf === "number" ? multipleOf : integer ? 1 : 0;
}

function unwrap(schema: SchemaShape): SchemaShape {
  let shape = schema;
  while (shape.wrapped !== undefined) shape = shape.wrapped;
  return shape;
}

function inside(schema: SchemaShape, step: PathStep, value: unknown): SchemaShape | undefined {
  if (schema.type === "array") return schema.item;
  if (schema.type === "record") return schema.value;
  const entries = pickVariant(schema, value)?.entries;
  return entries !== undefined && Object.hasOwn(entries, step) ? entries[String(step)] : undefined;
}

/** Of a variant, the option whose discriminator the value has; any other schema itself. */
function pickVariant(schema: SchemaShape, value: unknown): SchemaShape | undefined {
  if (schema.type !== "variant") return schema;
  const tag = (value as Record<string, unknown> | null | undefined)?.[String(schema.key)];
  for (const option of (schema.options ?? []) as readonly SchemaShape[]) {
    if (option.entries?.[String(schema.key)]?.literal === tag) return option;
  }
  return undefined;
}

function describe(schema: SchemaShape): string {
  if (schema.type === "nullable") return `${describe(schema.wrapped ?? schema)} or null`;
  if (schema.wrapped !== undefined) return describe(schema.wrapped);
  if (schema.type === "number") return describeNumber(schema);
  if (schema.type === "string") {
    return limits(schema).min === undefined ? "a text" : "a text that is not empty";
  }
  if (schema.type === "boolean") return "true or false";
  if (schema.type === "literal") return JSON.stringify(schema.literal);
  if (schema.type === "picklist") return `one of ${(schema.options ?? []).join(", ")}`;
  if (schema.type === "array") return "a list";
  if (schema.type === "union") {
    return (schema.options as readonly SchemaShape[]).map(describe).join(" or ");
  }
  return "an object";
}

function describeNumber(schema: SchemaShape): string {
  const { min, max, integer, multipleOf } = limits(schema);
  const noun = multipleOf !== undefined
    ? `a multiple of ${multipleOf}`
    : integer
    ? "a whole number"
    : "a number";
  if (min === undefined) return noun;
  if (multipleOf !== undefined && max === undefined) return `${noun}, ${min} or more`;
  return max === undefined ? `${noun} of ${min} or more` : `${noun} from ${min} to ${max}`;
}

/** A described schema pipes a schema that may be a pipe itself. */
function flatPipe(schema: SchemaShape): NonNullable<SchemaShape["pipe"]>[number][] {
  return (schema.pipe ?? []).flatMap((part) => {
    const inner = (part as SchemaShape).pipe;
    return inner === undefined || part === schema ? [part] : flatPipe(part as SchemaShape);
  });
}

function limits(
  schema: SchemaShape,
): { min?: unknown; max?: unknown; integer: boolean; multipleOf?: unknown } {
  const found: { min?: unknown; max?: unknown; integer: boolean; multipleOf?: unknown } = { integer: false };
  for (const { type, requirement } of flatPipe(schema)) {
    if (type === "min_value" || type === "min_length") found.min = requirement;
    if (type === "max_value" || type === "max_length") found.max = requirement;
    if (type === "safe_integer") found.integer = true;
    if (type === "multiple_of") found.multipleOf = requirement;
  }
  return found;
}
