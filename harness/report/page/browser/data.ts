/**
 * What the page's scripts share: the data element, tones that follow the theme, elements.
 *
 * @module
 */
/// <reference lib="dom" />

/** The width of a page on paper, as the style sheet sets it there. */
export const PAPER_WIDTH = 680;

export const SVG = "http://www.w3.org/2000/svg";

/** The data that the page carries. Its shape is the page's own. */
export function pageData<T>(): T {
  return JSON.parse(document.getElementById("data")?.textContent ?? "null") as T;
}

/** A colour of the style sheet, as the theme has it now. */
export function tone(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "#888";
}

/** Calls back when the theme changes between light and dark, and when it turns to paper, which is light. */
export function onTheme(change: () => void): void {
  for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    matchMedia(query).addEventListener("change", change);
  }
}

/** An element with text. Texts never become markup. */
export function element(tag: string, text = "", className = ""): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className !== "") made.className = className;
  return made;
}

/** A table of texts; the first row is its head. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const table = element("table");
  const headRow = table.appendChild(element("thead")).appendChild(element("tr"));
  for (const name of head) headRow.appendChild(element("th", name, "number")).setAttribute("scope", "col");
  const body = table.appendChild(element("tbody"));
  for (const row of rows) {
    const line = body.appendChild(element("tr"));
    for (const cell of row) line.appendChild(element("td", cell, "number"));
  }
  return table;
}
