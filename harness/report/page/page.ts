/**
 * The frame of every page: one file that needs nothing else and lets nothing else in.
 *
 * The content security policy names the page's own scripts and styles by their hash and forbids everything besides, so
 * that even text that got past the escaping could neither run nor reach the network.
 *
 * @module
 */
import { EMBEDDED } from "./embedded.ts";
import { dataElement, Html, html } from "./html.ts";

/** What a page is made of. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  /** What the page's script reads. */
  readonly data: unknown;
  /** The page's own script. */
  readonly script: "run" | "sweep";
  /** Whether the plotting library is needed. */
  readonly plots: boolean;
}

/** Renders a page. */
export function renderPage({ title, body, data, script, plots }: Page): string {
  const scripts = [...(plots ? [EMBEDDED.plot] : []), EMBEDDED[script]];
  const styles = [...(plots ? [EMBEDDED.plotStyle] : []), EMBEDDED.style];
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(({ hash }) => `'${hash}'`).join(" ")}`,
    `style-src ${styles.map(({ hash }) => `'${hash}'`).join(" ")}`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const page = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <title>${title} · switchover</title>
        ${styles.map(({ text }) => new Html(`<style>${text}</style>`))}
          </head>
      <body>
        <svg class="defs" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch-line" d="M0 0 V6"/></pattern></defs></svg>
    <a class="skip" href="#main">Skip to the content</a>
        ${body}
        <footer>
        <p>Made by switchover, a test harness for QEMU live migration (GPL-2.0-or-later). The page needs no network and sends nothing.</p>
        ${plots
          ? html`
            <details>
              <summary>Licence of the plotting library (uPlot)</summary>
              <pre>${EMBEDDED.plotLicence}</pre>
            </details>
          `
          : ""}
        </footer>
        ${dataElement("data", data)}
        ${scripts.map(({ text }) => new Html(`<script>${text}</script>`))}
          </body>
    </html>
  `;
  return page.text;
}
