/**
 * The pages in a real browser: they open, draw, complain of nothing, and stay small.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { CHROMIUM, countColour, openPage, photograph, SKIPPED, usePage } from "./testdata/chromium.ts";
import { runCommand } from "./testdata/string_io.ts";

const ignore = CHROMIUM === undefined;

/** The page that a command writes. */
async function pageOf(...args: string[]): Promise<string> {
  const file = Deno.makeTempFileSync({ suffix: ".html" });
  try {
    const { code, err } = await runCommand([...args, "--html", file]);
    assert(code <= 1, err);
    return Deno.readTextFileSync(file);
  } finally {
    Deno.removeSync(file);
  }
}

const RECORDED = ["check", "recordings/precopy-bw64-dr31"];
const SWEPT = [
  ...["sweep", "scenarios/dirty_rate_beats_link.json", "--workers", "1"],
  ...["--axis", "max-bandwidth=20MiB..80MiB:4", "--axis", "dirty-rate=2k..20k:3"],
];

Deno.test(
  `a recording's page opens, draws, jumps to the moment in its address and has nothing to complain of${SKIPPED}`,
  { ignore },
  async () => {
    const { dom, console } = await openPage(await pageOf(...RECORDED), { fragment: "at=2201490" });
    assertEquals(console, []);
    const figures = [...dom.matchAll(/<figure class="chart" id="chart-(\w+)"/g)].map(([, id]) => id);
    assertEquals(figures, ["remaining", "iterations", "rates"]);
    assertEquals(dom.match(/<canvas /g)?.length, figures.length);
    assert((dom.match(/class="bar /g)?.length ?? 0) > 6, "bars of the phases");
    assertStringIncludes(dom, "Marked: 2.201 s");
    assertEquals(dom.match(/class="marker"/g)?.length, 5, "a line through each strip");
  },
);

Deno.test(
  `a page's charts hold marks of their series, in light and in dark${SKIPPED}`,
  { ignore },
  async () => {
    const page = await pageOf(...RECORDED);
    // --tone-1 and --tone-2 of the style sheet.
    const light = await photograph(page);
    assert(countColour(light, [0x0a, 0x5f, 0xb4]) > 1500, "the line of what remains");
    assert(countColour(light, [0xc2, 0x41, 0x0c]) > 500, "the dashes of the threshold");
    assertEquals(countColour(light, [0x6d, 0xb1, 0xff]), 0);
    const dark = await photograph(page, { dark: true });
    assert(countColour(dark, [0x6d, 0xb1, 0xff]) > 500, "the same line in the dark");
    assert(countColour(dark, [0x12, 0x16, 0x1c]) > 300_000, "dark paper");
  },
);

Deno.test(`a sweep's page shows the map and the run behind a cell${SKIPPED}`, { ignore }, async () => {
  const { dom, console } = await openPage(await pageOf(...SWEPT));
  assertEquals(console, []);
  assertEquals(dom.match(/role="gridcell"/g)?.length, 12);
  assertEquals(dom.match(/<td[^>]*class="[^"]*\bno\b[^"]*"/g)?.length, 6);
  assertMatch(
    dom,
    /<pre>deno task switchover run scenarios\/dirty_rate_beats_link\.json \\\n {2}--set 'max-bandwidth=\d+' \\\n {2}--set 'dirty-rate=\d+' \\\n {2}--html run\.html<\/pre>/,
  );
});

Deno.test(`no page is wider than a narrow window${SKIPPED}`, { ignore }, async () => {
  const pages = [
    await pageOf("run", "scenarios/cancelled_in_the_device_phase.json"),
    await pageOf("compare", "recordings/precopy-bw64-dr31", "scenarios/dirty_rate_beats_link.json"),
    await pageOf(...SWEPT),
  ];
  const measure = `for (const details of document.querySelectorAll("details")) details.open = true;
    document.title = "wide by " + (document.documentElement.scrollWidth - innerWidth);`;
  for (const page of pages) {
    const { dom } = await usePage(page, measure, { width: 500 });
    assertStringIncludes(dom, "<title>wide by 0</title>");
  }
});

Deno.test(`a page whose script was changed does not run it${SKIPPED}`, { ignore }, async () => {
  const page = await pageOf(...SWEPT);
  const { dom, console } = await openPage(page.replace(`"use strict";(() => {`, `"use strict";(() => {\n`));
  assert(console.some((line) => line.includes("Content Security Policy")), console.join("\n"));
  assert(!/<td[^>]*role="gridcell"/.test(dom));
});

Deno.test("a page of ten minutes stays under two megabytes", async () => {
  const folder = Deno.makeTempDirSync();
  const file = `${folder}/long.json`;
  // Never converges: 600 s of cycles, iterations and samples.
  Deno.writeTextFileSync(
    file,
    JSON.stringify({
      why: "ten minutes that never converge",
      guest: { ram_bytes: 268435456, filled: [{ start_page: 1024, pages: 14000 }] },
      workload: [{ kind: "sweep", start_page: 1024, pages: 14000, rate_pages_per_second: 20000 }],
      parameters: { "max-bandwidth": 41943040 },
    }),
  );
  const page = await pageOf("run", file);
  Deno.removeSync(folder, { recursive: true });
  assert(page.length > 400_000, "six thousand cycles are drawn");
  assert(new TextEncoder().encode(page).length < 2_000_000, `${page.length} bytes`);
  if (ignore) return;
  const { console } = await openPage(page);
  assertEquals(console, []);
});

/** What presses keys on an element, in a page's own words. */
const press = (selector: string, ...keys: string[]) =>
  `for (const key of ${JSON.stringify(keys)}) {
     const at = document.activeElement?.matches(${JSON.stringify(selector)})
       ? document.activeElement : document.querySelector(${JSON.stringify(selector)});
     at.focus();
     at.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
   }`;

Deno.test(`evidence leads to its moment, and keys read a chart out${SKIPPED}`, { ignore }, async () => {
  const folder = Deno.makeTempDirSync();
  const trace = new TextDecoder().decode(
    gunzipSync(Deno.readFileSync("recordings/precopy-bw64-dr31/src.trace.gz")),
  );
  // A sync that ends without having begun.
  const lines = trace.split("\n").filter((line, at) =>
    !(at > 100 && at < 125 && line.includes("sync_start"))
  );
  Deno.writeTextFileSync(`${folder}/source.trace`, lines.join("\n"));
  const page = await pageOf("check", `${folder}/source.trace`);
  Deno.removeSync(folder, { recursive: true });
  const script = `document.querySelector(".evidence a[data-jump]").click();
    ${press("#chart-remaining .plot", "Home", "ArrowRight", "ArrowRight")}
    document.querySelector("#chart-rates details").open = true;`;
  const { dom, console } = await usePage(page, script);
  assertEquals(console, []);
  assertMatch(dom, /id="marked"[^>]*>Marked: 1\.41\d* s \(source, line 1\d\d\)</);
  assertMatch(dom, /<p class="reading"[^>]*>100 ms: Remaining 246 MiB, Threshold 19\.6 MiB</);
  assertMatch(dom, /<h4>Bandwidth<\/h4><table>/);
});

Deno.test(`keys move over the map, and Enter shows the run behind a cell${SKIPPED}`, { ignore }, async () => {
  const script = press(
    "td[role=gridcell][tabindex='0']",
    "PageDown",
    "Home",
    "ArrowRight",
    "ArrowUp",
    "Enter",
  );
  const { dom, console } = await usePage(await pageOf(...SWEPT), script);
  assertEquals(console, []);
  // The second of four bandwidths, the second of three dirty rates.
  assertMatch(dom, /<dt>max-bandwidth<\/dt><dd>40 MiB\/s<\/dd><dt>dirty-rate<\/dt><dd>11.000 pages\/s<\/dd>/);
  assertStringIncludes(dom, "--set 'max-bandwidth=41900000' \\\n  --set 'dirty-rate=11000'");
  assertMatch(dom, /<td[^>]*class="[^"]*chosen[^"]*"[^>]*aria-selected="true"/);
});

Deno.test(
  `a map of three axes turns: any two run across and up, the third is chosen${SKIPPED}`,
  { ignore },
  async () => {
    const page = await pageOf(
      ...[
        "sweep",
        "scenarios/dirty_rate_beats_link.json",
        "--workers",
        "1",
        "--axis",
        "max-bandwidth=20MiB,80MiB",
      ],
      ...["--axis", "dirty-rate=2k..20k:3", "--axis", "downtime-limit=50,100,300,1000"],
    );
    const choose = (place: string, axis: number) =>
      `{ const box = document.querySelector("[data-place=${place}]");
       box.value = "${axis}";
       box.dispatchEvent(new Event("change")); }`;
    const { dom, console } = await usePage(page, choose("across", 2) + choose("up", 2));
    assertEquals(console, []);
    // The downtime limit runs up, and what ran up runs across.
    assertMatch(dom, /aria-label="Convergence over dirty-rate and downtime-limit"/);
    assertEquals(dom.match(/role="gridcell"/g)?.length, 12);
    assertMatch(dom, /<label[^>]*>max-bandwidth <select/);
  },
);

Deno.test(
  `the legend tells what holds at the pointer, not what is nearest to it${SKIPPED}`,
  { ignore },
  async () => {
    // Two thirds into the second iteration: the end of the step is nearer than its beginning.
    const script = `const over = document.querySelector("#chart-iterations .u-over");
    const box = over.getBoundingClientRect();
    for (const kind of ["mouseenter", "mousemove"]) {
      over.dispatchEvent(new MouseEvent(kind, { clientX: box.left + box.width * 0.74, clientY: box.top + 20, bubbles: true }));
    }`;
    const { dom, console } = await usePage(await pageOf(...RECORDED), script);
    assertEquals(console, []);
    const legend =
      /<figure class="chart" id="chart-iterations"[\s\S]*?<table class="u-legend[\s\S]*?<\/table>/.exec(dom)
        ?.[0] ?? "";
    const told = [...legend.matchAll(/class="u-value">([^<]*)</g)].map(([, text]) => text);
    assertEquals(told.slice(1), ["28.9 MiB", "14.7 MiB"]);
    assertMatch(told[0] ?? "", /^1\.7\d* s$/);
  },
);
