/**
 * Escaping: whatever a trace holds, it stays text.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import fc from "fast-check";
import { breakable, dataElement, escapeHtml, html, join } from "./html.ts";

Deno.test("html escapes what is put in and keeps what is HTML already", () => {
  const name = `<img src=x onerror="alert('1')">&amp;`;
  const inner = html`<b title="${name}">${name}</b>`;
  assertEquals(
    html`<p>${inner}${[inner, 7, undefined]}</p>`.text.match(/<img/g),
    null,
  );
  assertEquals(html`${"a"}${1}${undefined}${["b", ["c"]]}`.text, "a1bc");
  assertEquals(html`${html`<i>`}`.text, "<i>");
  assertEquals(join(["<", html`<br>`], " ").text, "&lt; <br>");
});

Deno.test("breakable lets a name break behind its words, and escapes it", () => {
  assertEquals(breakable("a_b-c.d/e").text, "a_<wbr>b-<wbr>c.<wbr>d/<wbr>e");
  assertEquals(breakable("<i>_").text, "&lt;i&gt;_");
});

Deno.test("escapeHtml shows characters that could hide or turn a text", () => {
  assertEquals(escapeHtml("a\u0000b\u001b[31m\u202ec\u2028d\u0085"), "a·b·[31m·c·d·");
  assertEquals(escapeHtml("line\n\ttab é ✓"), "line\n\ttab é ✓");
});

/** Texts with a liking for what breaks out of HTML. */
const hostile = fc.array(
  fc.oneof(
    fc.constantFrom(
      "</script>",
      "<!--",
      "-->",
      "<script>",
      `"`,
      "'",
      "`",
      "&",
      "&lt;",
      "<",
      ">",
      "]]>",
      "${x}",
      "\u2028",
      "\u202e",
      "\0",
    ),
    fc.string({ unit: "binary" }),
  ),
).map((parts) => parts.join(""));

Deno.test("no text becomes markup, neither as content nor in an attribute", () => {
  fc.assert(fc.property(hostile, (text) => {
    const { text: page } = html`<p title="${text}">${text}</p>`;
    const [, attribute, content] = /^<p title="([^"]*)">([^<]*)<\/p>$/su.exec(page) ?? [];
    assert(attribute !== undefined && content !== undefined, page);
    assertNotMatch(content, /[<>"']/);
  }));
});

Deno.test("dataElement holds any text as data, and nothing in it ends the element", () => {
  fc.assert(fc.property(hostile, hostile, (key, text) => {
    const { text: page } = dataElement("data", { [`k${key}`]: text });
    const [, json] = /^<script type="application\/json" id="data">([\s\S]*)<\/script>$/.exec(page) ?? [];
    assert(json !== undefined);
    assert(!json.includes("<"), json);
    assertEquals(JSON.parse(json), { [`k${key}`]: text });
  }));
  assertMatch(dataElement("data", [NaN, Infinity, 1]).text, /\[null,null,1\]/);
});
