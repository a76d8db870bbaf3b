/**
 * The pages in a real browser: they open, draw, complain of nothing, and stay small.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { browserTest, closeBrowser, countColour, pageOf, readPng } from "./testdata/chromium.ts";

Deno.test.afterAll(closeBrowser);

const RECORDED = ["check", "recordings/precopy-bw64-dr31"];
const COMPARED = [
  ...["compare", "recordings/precopy-bw64-dr31", "scenarios/recording_precopy_bw64_dr31.json"],
];
const SWEPT = [
  ...["sweep", "scenarios/dirty_rate_beats_link.json", "--workers", "1"],
  ...["--axis", "max-bandwidth=20MiB..80MiB:4", "--axis", "dirty-rate=2k..20k:3"],
];

browserTest(
  "a recording's page opens, draws, jumps to the moment in its address and has nothing to complain of",
  async (open) => {
    const page = await open(await pageOf(...RECORDED), { fragment: "at=2201490" });
    const dom = await page.dom();
    assertEquals(page.console, []);
    const figures = [...dom.matchAll(/<figure class="chart" id="chart-(\w+)"/g)].map(([, id]) => id);
    assertEquals(figures, ["remaining", "iterations", "rates"]);
    assertEquals(dom.match(/<canvas /g)?.length, figures.length);
    assert((dom.match(/class="bar /g)?.length ?? 0) > 6, "bars of the phases");
    assertStringIncludes(dom, "Marked: 2.201 s");
    assertEquals(dom.match(/class="marker"/g)?.length, 5, "a line through each strip");
  },
);

browserTest("a page's charts hold marks of their series, in light and in dark", async (open) => {
  // --tone-1 and --tone-2 of the style sheet.
  const page = await open(await pageOf(...RECORDED));
  const light = readPng(await page.photograph());
  assert(countColour(light, [0x0a, 0x5f, 0xb4]) > 1500, "the line of what remains");
  assert(countColour(light, [0xc2, 0x41, 0x0c]) > 500, "the dashes of the threshold");
  assertEquals(countColour(light, [0x6d, 0xb1, 0xff]), 0);
  await page.look({ dark: true });
  await page.settle();
  const dark = readPng(await page.photograph());
  assert(countColour(dark, [0x6d, 0xb1, 0xff]) > 500, "the same line in the dark");
  assert(countColour(dark, [0x12, 0x16, 0x1c]) > 300_000, "dark paper");
});

browserTest("a sweep's page shows the map and the run behind a cell", async (open) => {
  const page = await open(await pageOf(...SWEPT));
  const dom = await page.dom();
  assertEquals(page.console, []);
  assertEquals(dom.match(/role="gridcell"/g)?.length, 12);
  assertEquals(dom.match(/<td[^>]*class="[^"]*\bno\b[^"]*"/g)?.length, 6);
  assertMatch(
    dom,
    /<pre>deno task switchover run scenarios\/dirty_rate_beats_link\.json \\\n {2}--set 'max-bandwidth=\d+' \\\n {2}--set 'dirty-rate=\d+' \\\n {2}--html run\.html<\/pre>/,
  );
});

browserTest("a comparison draws both runs in the same frames", async (open) => {
  const text = await pageOf(...COMPARED);
  assertNotMatch(text, /\s(?:src|style)="/, "the policy would refuse them");
  const page = await open(text);
  const dom = await page.dom();
  assertEquals(page.console, []);
  assertEquals(dom.match(/<canvas /g)?.length, 3);
  for (const label of ["A: Remaining", "B: Remaining", "A: Threshold", "B: Threshold"]) {
    assertStringIncludes(dom, label);
  }
  assertEquals(dom.match(/class="waterfall"/g)?.length, 2);
});

browserTest("no page is wider than a telephone", async (open) => {
  const pages = [
    await pageOf("run", "scenarios/cancelled_in_the_device_phase.json"),
    await pageOf("compare", "recordings/precopy-bw64-dr31", "scenarios/dirty_rate_beats_link.json"),
    await pageOf(...SWEPT),
  ];
  for (const text of pages) {
    const page = await open(text, { width: 390, height: 844 });
    await page.do("for (const details of document.querySelectorAll('details')) details.open = true");
    assertEquals(await page.do("document.documentElement.scrollWidth - innerWidth"), 0);
  }
});

browserTest("a page whose script was changed does not run it", async (open) => {
  const text = await pageOf(...SWEPT);
  const page = await open(text.replace(`"use strict";(() => {`, `"use strict";(() => {\n`));
  assert(page.console.some((line) => line.includes("Content Security Policy")), page.console.join("\n"));
  assert(!/<td[^>]*role="gridcell"/.test(await page.dom()));
});

/** The page of 600 s of cycles, iterations and samples that never converge. */
async function longPage(): Promise<string> {
  const folder = Deno.makeTempDirSync();
  const file = `${folder}/long.json`;
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
  return page;
}

Deno.test("a page of ten minutes stays under two megabytes", async () => {
  const page = await longPage();
  assert(page.length > 400_000, "six thousand cycles are drawn");
  assert(new TextEncoder().encode(page).length < 2_000_000, `${page.length} bytes`);
});

browserTest("a page of ten minutes opens", async (open) => {
  assertEquals((await open(await longPage())).console, []);
});

browserTest("evidence leads to its moment, and keys read a chart out", async (open) => {
  const folder = Deno.makeTempDirSync();
  const trace = new TextDecoder().decode(
    gunzipSync(Deno.readFileSync("recordings/precopy-bw64-dr31/src.trace.gz")),
  );
  // A sync that ends without having begun.
  const lines = trace.split("\n").filter((line, at) =>
    !(at > 100 && at < 125 && line.includes("sync_start"))
  );
  Deno.writeTextFileSync(`${folder}/source.trace`, lines.join("\n"));
  const page = await open(await pageOf("check", `${folder}/source.trace`));
  Deno.removeSync(folder, { recursive: true });
  await page.do(`document.querySelector(".evidence a[data-jump]").click();
    document.querySelector("#chart-remaining .plot").focus();`);
  await page.press("Home", "ArrowRight", "ArrowRight");
  await page.press("+", "+");
  const legend = `[...document.querySelectorAll("#chart-remaining .u-value")].map((one) => one.textContent)`;
  assertEquals(
    await page.do(legend),
    ["100 ms", "246 MiB", "", "19.6 MiB"],
    "what is read out is in sight",
  );
  await page.do(`document.querySelector("#chart-rates details").open = true`);
  await page.settle();
  const dom = await page.dom();
  assertEquals(page.console, []);
  assertMatch(dom, /id="marked"[^>]*>Marked: 1\.41\d* s \(source, line 1\d\d\)</);
  assertMatch(dom, /<p class="reading"[^>]*>100 ms: Remaining 246 MiB, Threshold 19\.6 MiB</);
  assertMatch(dom, /<h4>Bandwidth<\/h4><table>/);
});

browserTest("a value without neighbours is a point, where a line would be nothing", async (open) => {
  const folder = Deno.makeTempDirSync();
  const lines = [
    "migrate_set_state new state setup",
    "migrate_set_state new state active",
    "migrate_pending_estimate estimate pending size 500000000 (pre = 500000000 post=0)",
    "migrate_transferred transferred 5000000 time_spent 100 bandwidth 50000 switchover_bw 0 max_size 200000000",
    "migrate_pending_estimate estimate pending size 300000000 (pre = 300000000 post=0)",
  ];
  const text = lines.map((line, at) => `1@${at}.000000:${line}\n`).join("");
  Deno.writeTextFileSync(`${folder}/source.trace`, text);
  const page = await open(await pageOf("check", `${folder}/source.trace`));
  Deno.removeSync(folder, { recursive: true });
  const drawn = (chart: string, [red, green, blue]: readonly number[]) =>
    page.do<number>(`(() => {
      const canvas = document.querySelector("#chart-${chart} canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let at = 0; at < data.length; at += 4) {
        if (data[at] === ${red} && data[at + 1] === ${green} && data[at + 2] === ${blue} && data[at + 3] === 255) count++;
      }
      return count;
    })()`);
  // --tone-2 and --tone-3 of the style sheet.
  assert(await drawn("remaining", [0xc2, 0x41, 0x0c]) > 20, "the one threshold");
  assert(await drawn("rates", [0x0b, 0x7a, 0x5c]) > 20, "the one bandwidth");
});

browserTest("keys move over the map, and Enter shows the run behind a cell", async (open) => {
  const page = await open(await pageOf(...SWEPT));
  await page.do(`document.querySelector("td[role=gridcell][tabindex='0']").focus()`);
  await page.press("PageDown", "Home", "ArrowRight", "ArrowUp", "Enter");
  const dom = await page.dom();
  assertEquals(page.console, []);
  // The second of four bandwidths, the second of three dirty rates.
  assertMatch(dom, /<dt>max-bandwidth<\/dt><dd>40 MiB\/s<\/dd><dt>dirty-rate<\/dt><dd>11.000 pages\/s<\/dd>/);
  assertStringIncludes(dom, "--set 'max-bandwidth=41900000' \\\n  --set 'dirty-rate=11000'");
  assertMatch(dom, /<td[^>]*class="[^"]*chosen[^"]*"[^>]*aria-selected="true"/);
});

browserTest("a map of three axes turns: any two run across and up, the third is chosen", async (open) => {
  const page = await open(
    await pageOf(
      ...["sweep", "scenarios/dirty_rate_beats_link.json", "--workers", "1"],
      ...["--axis", "max-bandwidth=20MiB,80MiB", "--axis", "dirty-rate=2k..20k:3"],
      ...["--axis", "downtime-limit=50,100,300,1000"],
    ),
  );
  for (const place of ["across", "up"]) {
    await page.do(`{ const box = document.querySelector("[data-place=${place}]");
      box.value = "2";
      box.dispatchEvent(new Event("change")); }`);
  }
  const dom = await page.dom();
  assertEquals(page.console, []);
  // The downtime limit runs up, and what ran up runs across.
  assertMatch(dom, /aria-label="Convergence over dirty-rate and downtime-limit"/);
  assertEquals(dom.match(/role="gridcell"/g)?.length, 12);
  assertMatch(dom, /<label[^>]*>max-bandwidth <select/);
});

browserTest("the legend tells what holds at the pointer, not what is nearest to it", async (open) => {
  const page = await open(await pageOf(...RECORDED));
  // Two thirds into the second iteration: the end of the step is nearer than its beginning.
  await page.do(`{ const over = document.querySelector("#chart-iterations .u-over");
    over.scrollIntoView();
    const box = over.getBoundingClientRect();
    for (const kind of ["mouseenter", "mousemove"]) {
      over.dispatchEvent(new MouseEvent(kind, { clientX: box.left + box.width * 0.74, clientY: box.top + 20, bubbles: true }));
    } }`);
  await page.settle();
  const told = await page.do<string[]>(
    `[...document.querySelectorAll("#chart-iterations .u-value")].map((one) => one.textContent)`,
  );
  assertEquals(page.console, []);
  assertEquals(told.slice(1), ["28.9 MiB", "14.7 MiB"]);
  assertMatch(told[0] ?? "", /^1\.7\d* s$/);
});
