/**
 * Rebuilds the project's catalog files from QEMU's `trace-events` files: `deno task catalogs [DIR]`.
 *
 * Each catalog file holds the declarations of one version and nothing else: facts of QEMU's interface, without its
 * comments. To the migration events come the few of other subsystems that a migration log shows. `vocabulary.ts` is
 * the type of all events of the four profiles, so that the model cannot emit a wrong name or argument.
 *
 * @module
 */
import type { Argument, Declaration } from "./declaration.ts";
import { parseDeclarations } from "./parse_declarations.ts";

interface Source {
  /** The catalog's name; its file is `catalogs/<name>.ts`. */
  readonly name: string;
  readonly migration: string;
  /** The file with all events of the nearest version, for the events of other subsystems. */
  readonly all: string;
  /** Whether it is the catalog of a profile of the model. */
  readonly profile: boolean;
}

const SOURCES: readonly Source[] = [
  ["7.2", "qemu-7.2.0", "all-10.0.2-debian", false],
  ["8.2-dev", "qemu-e2k-2023-10", "all-10.0.2-debian", true],
  ["8.2", "qemu-8.2.0", "all-10.0.2-debian", false],
  ["9.0", "qemu-9.0.0", "all-10.0.2-debian", false],
  ["9.2", "qemu-9.2.0", "all-10.0.2-debian", false],
  ["10.0", "qemu-10.0.0", "all-10.0.2-debian", true],
  ["10.1", "qemu-10.1.0", "all-11.1.3-debian", false],
  ["10.2", "qemu-10.2.0", "all-11.1.3-debian", false],
  ["11.0-dev", "qemu-2025-10", "all-11.1.3-debian", true],
  ["11.1", "qemu-11.1.3", "all-11.1.3-debian", true],
].map(([name, migration, all, profile]) => ({ name, migration, all, profile }) as Source);

/** Events of other subsystems that a log of a migration shows. */
const OTHERS =
  /^(runstate_set|vm_state_notify|global_dirty_changed|kvm_dirty_ring_\w+|kvm_clear_dirty_log|dirtylimit_\w+|qemu_announce_\w+|ram_block_discard_\w*range|system_wakeup_request|qemu_system_\w+_request)$/;

/** `10.0` to `v10_0`: a name that TypeScript takes. */
export function constantOf(name: string): string {
  return `V${name.toUpperCase().replace(/\W/g, "_")}`;
}

function declare({ properties, name, args, format }: Declaration): string {
  const list = args.length === 0
    ? "void"
    : args.map(({ type, name }) => (type.endsWith("*") ? `${type}${name}` : `${type} ${name}`)).join(", ");
  return [...properties, `${name}(${list})`, format].filter((part) => part !== "").join(" ");
}

/** The text of one catalog file. */
export function renderCatalog(name: string, file: string, declarations: readonly Declaration[]): string {
  const lines = declarations.map((declaration) =>
    declare(declaration).replaceAll("\\", "\\\\").replaceAll("`", "\\`")
  );
  return [
    `// Made by \`deno task catalogs\` from ${file}: the events of QEMU ${name}, facts of its interface.`,
    `export const ${constantOf(name)} = \`\\`,
    ...lines,
    "`;",
    "",
  ].join("\n");
}

function valueType({ kind, bits }: Argument): string {
  if (kind === "string") return "string";
  if (kind === "bool") return "boolean";
  return bits === 64 && kind !== "double" ? "number | bigint" : "number";
}

/** The text of `vocabulary.ts`: every event of the profiles, with the union of its arguments over the profiles. */
export function renderVocabulary(catalogs: ReadonlyMap<string, readonly Declaration[]>): string {
  const events = new Map<string, Map<string, Set<string>>>();
  for (const declarations of catalogs.values()) {
    for (const { name, args } of declarations) {
      const known = events.get(name) ?? new Map<string, Set<string>>();
      events.set(name, known);
      for (const arg of args) {
        const types = known.get(arg.name) ?? new Set<string>();
        known.set(arg.name, types.add(valueType(arg)));
      }
    }
  }
  const lines = [...events].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, args]) => {
    const fields = [...args].map(([arg, types]) => `${arg}: ${[...types].join(" | ")}`);
    if (fields.length === 0) return `  ${name}: NoArgs;`;
    const line = `  ${name}: { ${fields.join("; ")} };`;
    // Broken as `deno fmt` breaks lines, so that the file is made in one step.
    return line.length <= 110
      ? line
      : `  ${name}: {\n${fields.map((field) => `    ${field};\n`).join("")}  };`;
  });
  return [
    "/**",
    " * Every event of the profiles with its arguments, by C name. Made by `deno task catalogs`.",
    " *",
    " * Where versions differ, an event has the arguments of all: the recorder writes those that the profile declares.",
    " *",
    " * @module",
    " */",
    "type NoArgs = Readonly<Record<never, never>>;",
    "",
    "/** The arguments of each event, by the event's name. */",
    "export interface Vocabulary {",
    ...lines,
    "}",
    "",
    "/** The name of an event that some profile can trace. */",
    "export type EventName = keyof Vocabulary;",
    "",
  ].join("\n");
}

/** All generated files, by name beside this one. `read` gives the text of a file of the catalogs' folder. */
export function buildCatalogs(read: (file: string) => string): Map<string, string> {
  const files = new Map<string, string>();
  const profiles = new Map<string, readonly Declaration[]>();
  for (const { name, migration, all, profile } of SOURCES) {
    const declarations = [
      ...parseDeclarations(read(`${migration}.trace-events`)).declarations,
      ...parseDeclarations(read(`${all}.trace-events`)).declarations.filter((other) =>
        OTHERS.test(other.name)
      ),
    ];
    files.set(`catalogs/${name}.ts`, renderCatalog(name, `${migration}.trace-events`, declarations));
    if (profile) profiles.set(name, declarations);
  }
  files.set("vocabulary.ts", renderVocabulary(profiles));
  const imports = SOURCES.map(({ name }) => `import { ${constantOf(name)} } from "./${name}.ts";`);
  const entries = SOURCES.map(({ name }) => `  "${name}": ${constantOf(name)},`);
  files.set(
    "catalogs/mod.ts",
    [
      "// Made by `deno task catalogs`.",
      ...imports,
      "",
      "/** The text of each catalog that comes with the project, oldest first. */",
      "export const CATALOG_TEXTS = {",
      ...entries,
      "} as const;",
      "",
    ].join("\n"),
  );
  return files;
}

if (import.meta.main) {
  const folder = Deno.args[0] ?? "../shared/catalogs";
  const files = buildCatalogs((file) => Deno.readTextFileSync(`${folder}/${file}`));
  for (const [name, text] of files) Deno.writeTextFileSync(new URL(name, import.meta.url), text);
}
