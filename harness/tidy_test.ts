/**
 * The house rules, as tests: who may import whom, who may touch the outside world, what every file carries.
 *
 * Each rule is a function from a file to complaints, and each has a small test that it can complain.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";

/** Which folders of `harness/` a folder may import. The reasons are in docs/architecture.md. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  files: ["base"],
  trace: ["base"],
  scenario: ["base"],
  model: ["base", "scenario", "trace"],
  record: ["base", "scenario", "trace"],
  checks: ["base", "trace"],
  museum: ["base", "scenario", "trace", "model", "checks"],
  accuracy: ["base", "scenario", "trace", "model"],
  golden: ["base", "trace", "checks", "files"],
  report: ["base", "trace", "checks"],
  "pipeline.ts": ["base", "scenario", "trace", "model", "checks", "report"],
  cli: [
    ...["base", "files", "trace", "scenario", "model", "record", "checks", "golden", "report", "pipeline.ts"],
    ...["fuzz"],
  ],
};

/** Why an import would do harm, for those that people are tempted to write. */
const REASONS: Readonly<Record<string, string>> = {
  "checks>model": "the judge must not share code with the accused",
  "checks>scenario": "what a check must know of the scenario travels in the run's facts",
  "model>record": "they meet only in the trace type, which is what makes one comparable with the other",
  "record>model": "they meet only in the trace type, which is what makes one comparable with the other",
};

/** What must not stand in a folder that does not touch the outside world, and what to use in its place. */
const BANS: readonly (readonly [RegExp, string])[] = [
  [/\bMath\.random\b/, "Math.random is not reproducible: draw from a RandomStream of base/random.ts"],
  [/\bDate\.now\b|\bnew Date\(\)/, "the clock is not reproducible: take the time as a value"],
  [/\bperformance\.now\b/, "the clock is not reproducible: take the time as a value"],
  [/\bDeno\./, "Deno is the outside world: cli/ reads and writes, and passes values"],
  [
    /\bfrom "node:(?!zlib")|\bimport\("node:/,
    "node: modules, but for zlib, which only computes, are the outside world: cli/ reads and writes, and passes values",
  ],
  [/\bsetTimeout\b|\bsetInterval\b/, "timers are not reproducible: time is virtual"],
  [/\bfetch\(/, "nothing here reaches for the network"],
  [
    /\bcrypto\.(?:getRandomValues|randomUUID)\b/,
    "this is not reproducible: draw from a RandomStream of base/random.ts",
  ],
  [/\bprocess\./, "process is the outside world: cli/ reads and writes, and passes values"],
];

const PURE = ["base", "scenario", "trace", "model", "checks", "report", "pipeline.ts"];
const LINES_MAX = 400;
/** Made by a program from a source of facts: data in the form of a module. */
const DATA = [/^harness\/trace\/catalogs\//, /^harness\/trace\/vocabulary\.ts$/];

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

function isTest(path: string): boolean {
  return /_(?:test|bench)\.ts$/.test(path) || path.includes("/testdata/");
}

/** The part of the line of stages that a file belongs to: a folder of harness/, `pipeline.ts`, `fuzz`, or its own name. */
function stageOf(path: string): string {
  const parts = path.split("/");
  return (parts[0] === "harness" ? parts[1] : parts[0]) ?? path;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, "")).replace(
    /^\s*\/\/.*$/gm,
    "",
  );
}

function importsOf(text: string): string[] {
  return [
    ...withoutComments(text).matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^"';]*?from\s+"([^"]+)"|import\("([^"]+)"\)/g,
    ),
  ]
    .map((match) => match[1] ?? match[2] ?? "");
}

function resolve(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

function complainOfImports({ path, text }: SourceFile): string[] {
  const from = stageOf(path);
  const complaints: string[] = [];
  for (const specifier of importsOf(text).filter((name) => name.startsWith("."))) {
    const target = resolve(path, specifier);
    const to = stageOf(target);
    if (to === from || from === "mod.ts" || from === "tidy_test.ts") continue;
    if (from === "fuzz") {
      if (target !== "mod.ts") {
        complaints.push(
          `${path}: fuzz/ may import mod.ts and nothing deeper, so that others can write the same`,
        );
      }
      continue;
    }
    if (!(MAY_IMPORT[from] ?? []).includes(to)) {
      const reason = REASONS[`${from}>${to}`];
      complaints.push(`${path}: ${from} may not import ${to}${reason === undefined ? "" : `: ${reason}`}`);
    } else if (to !== "pipeline.ts" && to !== "fuzz" && !target.endsWith(`/${to}/mod.ts`)) {
      complaints.push(
        `${path}: import harness/${to}/mod.ts, not ${target}: the rest of a folder is its own affair`,
      );
    }
  }
  return complaints;
}

function complainOfBans({ path, text }: SourceFile): string[] {
  const isBuildScript = text.includes("import.meta.main");
  if (!PURE.includes(stageOf(path)) || isTest(path) || isBuildScript || path.endsWith(".d.ts")) return [];
  const code = withoutComments(text);
  return BANS.filter(([pattern]) => pattern.test(code)).map(([, reason]) => `${path}: ${reason}`);
}

function complainOfDocstring({ path, text }: SourceFile): string[] {
  if (DATA.some((pattern) => pattern.test(path))) return [];
  const head = /^(?:#![^\n]*\n)?\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? "";
  if (head.includes("@module")) return [];
  return [`${path}: begin with a docstring that says what the module is for, ending in @module`];
}

function complainOfLength({ path, text }: SourceFile): string[] {
  const lines = text.split("\n").length - 1;
  if (lines <= LINES_MAX || DATA.some((pattern) => pattern.test(path))) return [];
  return [`${path}: ${lines} lines, more than ${LINES_MAX}: do two ideas live here?`];
}

function complainOfName({ path }: SourceFile): string[] {
  const word = /(?:^|\/)(utils?|common|types|helpers?|misc)(?=[/.])/.exec(path)?.[1];
  return word === undefined
    ? []
    : [`${path}: "${word}" answers "what shape"; a newcomer asks "where does it happen"`];
}

function complainOfAny({ path, text }: SourceFile): string[] {
  if (path.endsWith(".d.ts")) return [];
  const code = withoutComments(text).replace(/"(?:[^"\\\n]|\\.)*"|`[^`]*`|\/(?:[^/\\\n]|\\.)+\//g, '""');
  return /\bas any\b|: any\b|<any\b|\bany\[\]/.test(code)
    ? [`${path}: any turns the compiler off: say unknown`]
    : [];
}

/** @param decisions The text of docs/decisions.md. */
function complainOfDependencies(imports: readonly string[], decisions: string): string[] {
  const packages = new Set(
    imports.map((name) => name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/")),
  );
  return [...packages].filter((name) => !decisions.includes(`\`${name}\``))
    .map((name) => `deno.json: ${name} has no entry in docs/decisions.md`);
}

/** Top folders of which the documents name files. */
const NAMED = /`((?:\.ci|deploy|docs|fuzz|golden|harness|recordings|scenarios)\/[^`\s]*)`/g;

/** @param isThere Whether a path of the repository exists. */
function complainOfNames({ path, text }: SourceFile, isThere: (path: string) => boolean): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT))) as { tasks: object };
  const paths = [...text.matchAll(NAMED)].map(([, name = ""]) => name);
  const words = [...text.matchAll(/\bdeno task ([a-z][a-z:]*)/g)].map(([, name = ""]) => name);
  return [
    // Words in capitals and stars stand for any name.
    ...paths.filter((name) => !/[A-Z]{2}|\*/.test(name) && !isThere(name)).map((name) =>
      `${path}: there is no ${name}`
    ),
    ...words.filter((name) => !Object.hasOwn(tasks, name)).map((name) =>
      `${path}: deno.json has no task ${name}`
    ),
  ];
}

const ROOT = new URL("../", import.meta.url);

function sourceFiles(folder = ""): SourceFile[] {
  const files: SourceFile[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder || "./", ROOT))) {
    if (name === "node_modules" || name.startsWith(".")) continue;
    if (isDirectory) files.push(...sourceFiles(`${folder}${name}/`));
    else if (name.endsWith(".ts")) {
      files.push({
        path: `${folder}${name}`,
        text: Deno.readTextFileSync(new URL(`${folder}${name}`, ROOT)),
      });
    }
  }
  return files;
}

const RULES = [
  complainOfImports,
  complainOfBans,
  complainOfDocstring,
  complainOfLength,
  complainOfName,
  complainOfAny,
];

Deno.test("the repository keeps the house rules", () => {
  const files = sourceFiles();
  const complaints = RULES.flatMap((rule) => files.flatMap((file) => rule(file)));
  assertEquals(complaints.sort(), []);
});

Deno.test("every dependency has its reason in docs/decisions.md", () => {
  const { imports } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT))) as { imports: object };
  const decisions = Deno.readTextFileSync(new URL("docs/decisions.md", ROOT));
  assertEquals(complainOfDependencies(Object.keys(imports), decisions), []);
  assertStringIncludes(complainOfDependencies(["left-pad"], decisions)[0] ?? "", "left-pad has no entry");
});

Deno.test("what the documents name is there", () => {
  const isThere = (path: string): boolean => {
    try {
      Deno.statSync(new URL(path, ROOT));
      return true;
    } catch {
      return false;
    }
  };
  const names = [...Deno.readDirSync(new URL("docs", ROOT))].map(({ name }) => `docs/${name}`)
    .filter((name) => name.endsWith(".md"));
  const complaints = ["README.md", "CONTRIBUTING.md", ...names].flatMap((path) =>
    complainOfNames({ path, text: Deno.readTextFileSync(new URL(path, ROOT)) }, isThere)
  );
  assertEquals(complaints, []);
  const text = "`harness/gone.ts`, `scenarios/NAME.json`, `docs/rules.md`, `deno task gone`, `deno task ok`";
  assertEquals(complainOfNames({ path: "a.md", text }, isThere), [
    "a.md: there is no harness/gone.ts",
    "a.md: deno.json has no task gone",
  ]);
});

Deno.test("each house rule can complain", async (t) => {
  const table: [rule: (file: SourceFile) => string[], path: string, text: string, complaint: string][] = [
    [
      complainOfImports,
      "harness/checks/a.ts",
      `import { x } from "../model/mod.ts";`,
      "must not share code with the",
    ],
    [
      complainOfImports,
      "harness/model/a.ts",
      `export * from "../record/mod.ts";`,
      "model may not import record",
    ],
    [
      complainOfImports,
      "harness/checks/a.ts",
      `import { x } from "../trace/event.ts";`,
      "import harness/trace/mod.ts",
    ],
    [
      complainOfImports,
      "harness/base/a.ts",
      `const m = await import("../trace/mod.ts");`,
      "base may not import trace",
    ],
    [complainOfImports, "fuzz/a.ts", `import { x } from "../harness/trace/mod.ts";`, "nothing deeper"],
    [complainOfBans, "harness/model/a.ts", "const x = Math.random();", "RandomStream"],
    [complainOfBans, "harness/checks/a.ts", "const x = Date.now();", "take the time as a value"],
    [complainOfBans, "harness/report/a.ts", "const x = performance.now();", "take the time as a value"],
    [complainOfBans, "harness/pipeline.ts", `Deno.readTextFileSync("x");`, "the outside world"],
    [complainOfBans, "harness/trace/a.ts", `import fs from "node:fs";`, "the outside world"],
    [
      complainOfBans,
      "harness/trace/a.ts",
      `import { crc32 } from "node:zlib";\nimport a from "node:net";`,
      "node:",
    ],
    [complainOfDocstring, "harness/a.ts", "export const a = 1;", "begin with a docstring"],
    [complainOfLength, "harness/a.ts", "\n".repeat(LINES_MAX + 1), "do two ideas live here"],
    [complainOfName, "harness/utils/a.ts", "", "what shape"],
    [complainOfName, "harness/trace/helpers.ts", "", "what shape"],
    [complainOfAny, "harness/a.ts", "const a = b as any;", "say unknown"],
  ];
  for (const [rule, path, text, complaint] of table) {
    await t.step(`${rule.name}: ${complaint}`, () => {
      assertStringIncludes(rule({ path, text }).join("\n"), complaint);
    });
  }
});

Deno.test("the house rules leave what is allowed alone", async (t) => {
  const table: [rule: (file: SourceFile) => string[], path: string, text: string][] = [
    [complainOfImports, "harness/checks/a.ts", `import { x } from "../trace/mod.ts";`],
    [complainOfImports, "harness/model/a.ts", `import { x } from "./b.ts";`],
    [
      complainOfImports,
      "fuzz/targets/a.ts",
      `import { x } from "../../mod.ts"; import { y } from "../b.ts";`,
    ],
    [complainOfBans, "harness/model/a.ts", "// Deno.readFile is not for us\nconst a = 1;"],
    [complainOfBans, "harness/trace/a_test.ts", `Deno.test("x", () => {});`],
    [complainOfBans, "harness/cli/a.ts", "Date.now();"],
    [complainOfAny, "harness/a.ts", `const a = "as any";`],
  ];
  for (const [rule, path, text] of table) {
    await t.step(`${rule.name}: ${path}`, () => assertEquals(rule({ path, text }), []));
  }
});

/** @param output What `deno doc --json` prints. */
function undocumented(output: string): string[] {
  const { nodes } = JSON.parse(output) as {
    nodes: Record<string, { symbols?: { name: string; declarations: { jsDoc?: object }[] }[] }>;
  };
  return Object.values(nodes).flatMap(({ symbols }) => symbols ?? [])
    .filter(({ declarations }) => declarations.every(({ jsDoc }) => jsDoc === undefined))
    .map(({ name }) => name);
}

Deno.test("every name that mod.ts exports is documented", () => {
  const command = new Deno.Command(Deno.execPath(), { args: ["doc", "--json", "mod.ts"], cwd: ROOT });
  const { stdout, success } = command.outputSync();
  assertEquals(success, true);
  assertEquals(undocumented(new TextDecoder().decode(stdout)), []);
  const bare = { nodes: { "a.ts": { symbols: [{ name: "bare", declarations: [{}] }] } } };
  assertEquals(undocumented(JSON.stringify(bare)), ["bare"]);
});
