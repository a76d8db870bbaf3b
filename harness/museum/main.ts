/**
 * `deno task museum`: every bug of the museum, the rule that caught it, and how long that took.
 *
 * Flags: `--json` (one document on standard output and no file), `--only ID` (several with commas; no file). Without
 * either it writes docs/museum.md. Exit code 1 if a bug was not caught or a stage offends without its bug.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "@std/cli/parse-args";
import { judgeMuseum } from "./matrix.ts";
import { makeDocument, printPage, printSummary, printTable } from "./print_museum.ts";

const PAGE = "docs/museum.md";

function main(): number {
  const flags = parseArgs(Deno.args, { string: ["only"], boolean: ["json"] });
  const only = flags.only?.split(",") ?? [];
  const rows = judgeMuseum(() => performance.now(), only);
  if (rows.length === 0) {
    console.error(`No bug is called ${only.join(" or ")}`);
    return 2;
  }
  if (flags.json) {
    console.log(JSON.stringify(makeDocument(rows), null, 2));
  } else {
    console.log(`${printTable(rows)}\n\n${printSummary(rows)}`);
    if (only.length === 0) Deno.writeTextFileSync(PAGE, printPage(rows));
  }
  return rows.every(({ caught, offended }) => caught.length > 0 && offended.length === 0) ? 0 : 1;
}

if (import.meta.main) Deno.exit(main());
