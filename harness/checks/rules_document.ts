/**
 * The document of all rules: what each promises, and which statement of the facts each implements.
 *
 * @module
 */
import { FACT_LISTS, NOT_IMPLEMENTED } from "./fact_coverage.ts";
import type { Conditions, Rule } from "./rule.ts";
import { showVersions } from "./version.ts";

function showConditions(when: Conditions | undefined): string {
  const parts = [
    ...(when?.with ?? []).map((trait) => `with ${trait}`),
    ...(when?.without ?? []).map((trait) => `without ${trait}`),
    ...(when?.ends === undefined ? [] : [`ends ${when.ends.join(" or ")}`]),
  ];
  return parts.join(", ");
}

function ruleText(rule: Rule): string {
  const holds = [
    `${rule.category}, ${rule.pattern.kind}`,
    rule.side === "both" ? "both sides" : rule.side,
    `QEMU ${showVersions(rule.versions)}`,
    showConditions(rule.when),
  ].filter((part) => part !== "");
  const lines = [
    `### ${rule.id}`,
    "",
    `${rule.claim}.`,
    "",
    `- Why: ${rule.why}.`,
    `- Holds: ${holds.join("; ")}.`,
    `- Source: ${rule.source}.`,
    `- Facts: ${rule.facts.join(", ")}.`,
  ];
  const { knownDefect } = rule;
  if (knownDefect !== undefined) {
    lines.push(`- Known QEMU defect (${showVersions(knownDefect.versions)}): ${knownDefect.text}.`);
  }
  return lines.join("\n");
}

function factTable(rules: readonly Rule[], { prefix, count, title }: (typeof FACT_LISTS)[number]): string {
  const lines = [`### ${title}`, "", "| statement | implemented by |", "| --- | --- |"];
  for (let number = 1; number <= count; number++) {
    const fact = `${prefix}${number}`;
    const by = rules.filter(({ facts }) => facts.includes(fact)).map(({ id }) => `\`${id}\``);
    const reason = NOT_IMPLEMENTED[fact];
    lines.push(`| ${fact} | ${by.length > 0 ? by.join(", ") : `none: ${reason ?? "no reason is given"}`} |`);
  }
  return lines.join("\n");
}

/** Statements of the facts that have neither a rule nor a reason. */
export function forgottenFacts(rules: readonly Rule[]): string[] {
  const known = new Set(rules.flatMap(({ facts }) => facts));
  return FACT_LISTS.flatMap(({ prefix, count }) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`)
  ).filter((fact) => !known.has(fact) && !Object.hasOwn(NOT_IMPLEMENTED, fact));
}

/** The text of `docs/rules.md`. */
export function rulesDocument(rules: readonly Rule[]): string {
  const ordering = rules.filter(({ category }) => category === "ordering");
  const defects = rules.filter(({ knownDefect }) => knownDefect !== undefined);
  return [
    "# Rules",
    "",
    "Made by `deno task rules` from the rules themselves; a test keeps it current. What `facts/` names are notes on QEMU",
    "that are not in this repository; the functions of QEMU that they rest on stand beside them.",
    "",
    `${rules.length} rules: ${ordering.length} about the order of events, ${
      rules.length - ordering.length
    } invariants over their arguments and over \`query-migrate\`. A rule whose condition is not met, or not known to be`,
    "met, is judged `unknown` with that reason. An event that is missing is an offence only where the log shows that it",
    "would have been there: the event occurs elsewhere in it, or the log shows migrations as a whole.",
    "",
    `Known defects of QEMU that real traces show: ${defects.map(({ id }) => `\`${id}\``).join(", ")}.`,
    "",
    "## Statements of the facts",
    "",
    ...FACT_LISTS.flatMap((list) => [factTable(rules, list), ""]),
    "## Every rule",
    "",
    rules.map(ruleText).join("\n\n"),
    "",
  ].join("\n");
}
