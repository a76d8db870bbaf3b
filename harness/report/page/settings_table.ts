/**
 * What a run was set to, and what two runs were set to otherwise, as tables.
 *
 * @module
 */
import type { RunFacts } from "../../trace/mod.ts";
import { showValue } from "./format.ts";
import { type Html, html } from "./html.ts";

/** Commands of the operator that are listed. */
const COMMANDS_MAX = 100;

type Setting = readonly [name: string, value: string];

function showBoth(source: string | undefined, destination = source): string {
  if (source === destination) return source ?? "not told";
  return `source ${source ?? "not told"}, destination ${destination}`;
}

function settingsOf(
  { version, destinationVersion, accelerator, transport, capabilities, parameters }: RunFacts,
): Setting[] {
  const on = Object.entries(capabilities ?? {}).filter(([, state]) => state).map(([name]) => name).sort();
  return [
    ["QEMU", showBoth(version, destinationVersion)],
    ["Accelerator", accelerator ?? "not told"],
    ["Transport", transport ?? "not told"],
    ["Capabilities", capabilities === undefined ? "not told" : on.join(", ") || "none"],
    ...Object.entries(parameters ?? {}).map(([name, value]): Setting => [name, showParameter(name, value)]),
  ];
}

/** A parameter as QEMU has it, and what its number means where it is large. */
function showParameter(name: string, value: unknown): string {
  const unit = name.endsWith("bandwidth")
    ? "B/s"
    : name === "xbzrle-cache-size"
    ? "B"
    : name === "downtime-limit"
    ? "ms"
    : "";
  if (name === "max-bandwidth" && value === 0) return "0 (no limit)";
  return typeof value === "number" && value > 0 && unit !== ""
    ? `${value} (${showValue(value, unit)})`
    : String(value);
}

function table(
  rows: readonly (readonly [name: string, ...values: string[]])[],
  heads: readonly string[],
): Html {
  return html`
    <div class="scroll">
      <table>
        ${heads.length === 0 ? "" : html`
          <thead>
            <tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr>
          </thead>
        `}
        <tbody>${rows.map(([name, ...values]) =>
          html`
            <tr>
              <th scope="row">${name}</th>
              ${values.map((value) => html`<td>${value}</td>`)}
            </tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}

/** Capabilities that are on, parameters, and what the operator did. */
export function settingsSection(facts: RunFacts): Html {
  const commands = (facts.actions ?? []).slice(0, COMMANDS_MAX).map(({ command, parameters }): Setting => [
    `then ${command}`,
    Object.entries(parameters ?? {}).map(([name, value]) => `${name}=${value}`).join(" "),
  ]);
  return html`
    <details class="settings">
      <summary>Settings of the run</summary>
      ${table([...settingsOf(facts), ...commands], [])}
    </details>
  `;
}

/** What of two runs was set otherwise: the first thing to ask of runs that went otherwise. */
export function differingSettings(a: RunFacts, b: RunFacts): Html {
  const [first, second] = [new Map(settingsOf(a)), new Map(settingsOf(b))];
  const names = [...new Set([...first.keys(), ...second.keys()])];
  const rows = names.map((name) => [name, first.get(name) ?? "–", second.get(name) ?? "–"] as const)
    .filter(([, one, other]) => one !== other);
  if (rows.length === 0) return html`<p>Nothing that is told of their settings differs.</p>`;
  return html`<h3>Settings that differ</h3>${table(rows, ["Setting", "A", "B"])}`;
}
