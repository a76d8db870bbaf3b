/**
 * The matrix for readers: a table for the terminal, the page docs/museum.md, and a document for programs.
 *
 * @module
 */
import type { MuseumRow } from "./matrix.ts";

/** Where the commits can be looked at. */
const COMMIT_URL = "https://gitlab.com/qemu-project/qemu/-/commit/";

function whenCaught(atMs: number | null): string {
  return atMs === null ? "at the end" : `${atMs.toFixed(1)} ms`;
}

/** The table for a terminal: bug, stage, rule, time to catch in virtual and in wall time. */
export function printTable(rows: readonly MuseumRow[]): string {
  const cells = rows.map(({ exhibit, stage, caught, offended, wallMs }) => {
    const [first] = caught;
    const more = caught.length > 1 ? ` (+${caught.length - 1})` : "";
    const rule = first === undefined ? "NOT CAUGHT" : first.id + more;
    return [
      exhibit.id,
      exhibit.mended.hash,
      stage.name,
      offended.length > 0 ? `OFFENDS WITHOUT THE BUG: ${offended.join(", ")}` : rule,
      first === undefined ? "-" : whenCaught(first.atMs),
      wallMs === null ? "-" : `${wallMs.toFixed(1)} ms`,
    ];
  });
  const head = ["bug", "mended by", "stage", "caught by", "virtual", "wall"];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0))
  );
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
  return [line(head), ...cells.map(line)].join("\n");
}

/** How many bugs were caught, in a sentence. */
export function printSummary(rows: readonly MuseumRow[]): string {
  const caught = rows.filter(({ caught, offended }) => caught.length > 0 && offended.length === 0);
  const rules = new Set(rows.flatMap(({ caught }) => caught.map(({ id }) => id)));
  return `${caught.length} of ${rows.length} bugs caught, by ${rules.size} rules`;
}

/** The page: the table, then each bug with its commit, its stage and the rules that object. */
export function printPage(rows: readonly MuseumRow[]): string {
  const table = rows.map(({ exhibit, caught }) => {
    const rules = caught.map(({ id }) => `\`${id}\``).join(", ");
    return `| [${exhibit.title}](#${exhibit.id}) | ${exhibit.versions} | ${rules || "**not caught**"} |`;
  });
  return [
    "# The bug museum",
    "",
    "Bugs that QEMU's migration once had, each re-created as a switch of the model. A scenario cannot switch one on;",
    '`simulate(scenario, { bugs: ["mbps-of-last-cycle"] })` can. With the switch on some rule must object, and without',
    "it none may: that is how we know that the checks can fail. Each bug names the commit that mended it.",
    "",
    "This page is written by `deno task museum`, which also shows when each bug is caught, in virtual and in wall time.",
    "",
    `${printSummary(rows)}.`,
    "",
    "| bug | had by QEMU | caught by, the earliest first |",
    "| --- | --- | --- |",
    ...table,
    "",
    ...rows.flatMap(printExhibit),
  ].join("\n");
}

function printExhibit({ exhibit, stage, caught }: MuseumRow): string[] {
  const { id, title, wrong, versions, mended, where, recreated } = exhibit;
  return [
    `## ${id}`,
    "",
    `**${title[0]?.toUpperCase()}${title.slice(1)}.** ${wrong}.`,
    "",
    `- QEMU: ${versions}; mended by [${mended.hash}](${COMMIT_URL}${mended.hash}) of ${mended.date}, "${mended.subject}"`,
    `- Switch: ${where}${recreated === undefined ? "" : `; ${recreated}`}`,
    `- Stage \`${stage.name}\`: ${stage.scenario.why}`,
    ...caught.map(({ id, claim }) => `- Caught by \`${id}\`: ${claim}`),
    "",
  ];
}

/** The matrix as one JSON document; times in milliseconds. */
export function makeDocument(rows: readonly MuseumRow[]): unknown {
  return {
    bugs: rows.map(({ exhibit, stage, caught, offended, wallMs }) => ({
      ...exhibit,
      stage: stage.name,
      caught: caught.map(({ id, claim, note, atMs }) => ({ rule: id, claim, note, at_ms: atMs })),
      offended_without_the_bug: offended,
      wall_ms: wallMs,
    })),
  };
}
