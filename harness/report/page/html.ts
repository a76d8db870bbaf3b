/**
 * HTML as a type of its own: whatever is put into a page is escaped unless it is HTML already.
 *
 * Names and texts come from traces, and a trace is whatever somebody's guest, host or attacker made it.
 *
 * @module
 */

/** A piece of HTML. Only this file makes one. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

/** What may stand in a template: HTML as it is, lists one after the other, everything else as escaped text. */
export type Part = Html | string | number | undefined | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Escapes a text for HTML's content and for attributes in quotes.
 *
 * Control characters and those that turn the direction of writing are shown as `·`: they could hide what a line says.
 */
export function escapeHtml(text: string): string {
  return text
    .replace(/[^\P{C}\n\t]|[\u2028\u2029]/gu, "·")
    .replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

function render(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(render).join("");
  return escapeHtml(String(part));
}

/** A template whose values are escaped. Attribute values must stand in quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0] ?? "";
  for (const [index, part] of parts.entries()) text += render(part) + (strings[index + 1] ?? "");
  return new Html(text);
}

/** A name that may be broken into lines where its words end: names of files are one long word to a browser. */
export function breakable(name: string): Html {
  return join(name.split(/(?<=[_\-./])/), new Html("<wbr>"));
}

/** A command whose lines break between its words. */
export function shellCommand(command: string): Html {
  return html`<code>${
    join(command.split(" ").map((word) => html`<span class="word">${word}</span>`), " ")
  }</code>`;
}

/** An attribute in percent, four digits after the point. */
export function percent(part: number, whole: number): string {
  return `${Number(Math.min(100, Math.max(0, 100 * part / whole)).toFixed(4))}%`;
}

/** Parts with something between them. */
export function join(parts: readonly Part[], between: Part): Html {
  return new Html(parts.map(render).join(render(between)));
}

/**
 * Data for the page's own script, in an element that no browser runs. `<` is escaped, so nothing in it can end the
 * element; NaN and the infinities become null.
 */
export function dataElement(id: string, data: unknown): Html {
  const json = JSON.stringify(data)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
  return new Html(`<script type="application/json" id="${escapeHtml(id)}">${json}</script>`);
}
