/**
 * The pages as different readers have them: on a telephone, enlarged, on paper, without colours of their own, without
 * scripts, by keyboard alone. What an eye would find fault with is measured where a machine can measure it.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  browserTest,
  closeBrowser,
  type Open,
  type OpenPage,
  pageOf,
  type View,
} from "./testdata/chromium.ts";

Deno.test.afterAll(closeBrowser);

const SCENARIO = "scenarios/dirty_rate_beats_link.json";
const SWEEP = ["sweep", SCENARIO, "--workers", "1", "--axis"];
/** A page of each kind, and of what is seldom: a failed rule, one side alone, a map where nothing converges. */
const PAGES: Readonly<Record<string, readonly string[]>> = {
  cancelled: ["run", SCENARIO],
  failing: ["check", "recordings/cancel-device"],
  destination: ["check", "recordings/postcopy-limited/dst.trace.gz"],
  compared: ["compare", "recordings/autoconverge-aggressive", "recordings/precopy-bw64-dr31"],
  map: [...SWEEP, "max-bandwidth=20MiB..80MiB:4", "--axis", "dirty-rate=2k..20k:3"],
  wide: [...SWEEP, "max-bandwidth=20MiB..80MiB:30", "--axis", "dirty-rate=2k,20k"],
  nothing: [...SWEEP, "max-bandwidth=10MiB,20MiB", "--axis", "dirty-rate=30k,40k"],
};

const opened = new Map<string, OpenPage>();

/** Looks at every page; each is opened once, and turned from one reader to the next. */
async function everyPage(
  open: Open,
  view: View,
  work: (page: OpenPage, name: string) => Promise<void>,
): Promise<void> {
  for (const [name, args] of Object.entries(PAGES)) {
    const page = opened.get(name) ?? await open(await pageOf(...args));
    opened.set(name, page);
    await page.do("for (const details of document.querySelectorAll('details')) details.open = false");
    await page.look(view);
    await page.settle();
    await work(page, name);
  }
}

const OPEN_ALL = `for (const details of document.querySelectorAll("details")) details.open = true;`;

/** Texts of less contrast than 4.5 to 1 with what is behind them, each with its ratio. */
const FAINT = `(() => {
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const rgba = (colour) => {
    if (known.has(colour)) return known.get(colour);
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const data = [...brush.getImageData(0, 0, 1, 1).data];
    known.set(colour, data);
    return data;
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((part) => part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    const bar = element.closest("svg.bar:not(.tick)")?.querySelector("rect");
    if (bar) return rgba(getComputedStyle(bar).fill);
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const faint = new Set();
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.data.trim();
    if (text === "" || element.closest("script, style, title, noscript") || !element.checkVisibility({ visibilityProperty: true })) continue;
    let opacity = 1;
    for (let at = element; at; at = at.parentElement) opacity *= getComputedStyle(at).opacity;
    // Rows of a table look like the first of them.
    const look = [element, element.parentElement, element.parentElement.parentElement]
      .map((one) => one.tagName + "." + one.getAttribute("class")).join(" ") + opacity;
    if (seen.has(look)) continue;
    seen.add(look);
    const style = getComputedStyle(element);
    const [front, back] = [rgba(element instanceof SVGElement ? style.fill : style.color), behind(element)];
    const [a, b] = [light(front.map((part, at) => part * opacity + back[at] * (1 - opacity))), light(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.add(element.className + " " + text.slice(0, 30) + " " + ratio.toFixed(2));
  }
  return [...faint].slice(0, 10);
})()`;

/** Labels of strips and maps that lie over each other, or outside of what they stand in. */
const CLASHES = `(() => {
  const clashes = [];
  const boxes = (selector, root = document) => [...root.querySelectorAll(selector)]
    .map((element) => ({ text: element.textContent, box: element.getBoundingClientRect() }))
    .filter(({ text, box }) => text.trim() !== "" && box.width > 0);
  const groups = [
    ...[...document.querySelectorAll(".strips .track")].map((track) => boxes("text", track)),
    boxes(".map tfoot span"), boxes(".map th[scope=row] span"), boxes(".u-legend .u-series"),
  ];
  for (const group of groups) {
    for (const [at, one] of group.entries()) {
      for (const other of group.slice(at + 1)) {
        const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (across > 1 && down > 2) clashes.push(one.text + " over " + other.text);
      }
    }
  }
  for (const bar of document.querySelectorAll(".strips .bar:not(.tick)")) {
    const [rect, text] = ["rect", "text"].map((name) => bar.querySelector(name).getBoundingClientRect());
    if (text.width > 0 && text.right > rect.right + 1) clashes.push(bar.textContent.trim() + " leaves its bar");
  }
  return clashes.slice(0, 10);
})()`;

browserTest("every text stands out from what is behind it, in light and in dark", async (open) => {
  await everyPage(open, {}, async (page, name) => {
    await page.do(`document.querySelector(".plot")?.focus()`);
    await page.press("Home", "ArrowRight", "ArrowRight");
    await page.do(OPEN_ALL);
    assertEquals(await page.do(FAINT), [], name);
    await page.look({ dark: true });
    await page.settle();
    assertEquals(await page.do(FAINT), [], `${name} in the dark`);
    assertEquals(page.console, [], name);
  });
});

browserTest("no page is wider than its window, no label over another, and no map is cut", async (open) => {
  // A desk, a telephone, and a small window of which every pixel is four.
  const views: View[] = [{}, { width: 390, height: 844 }, { width: 640, height: 500, scale: 2 }];
  for (const view of views) {
    await everyPage(open, view, async (page, name) => {
      assertEquals(await page.do(CLASHES), [], `${name} at ${view.width}`);
      await page.do(OPEN_ALL);
      await page.settle();
      assertEquals(
        await page.do("document.documentElement.scrollWidth - innerWidth"),
        0,
        `${name} at ${view.width}`,
      );
      const cut = `(() => { const map = document.querySelector("#map");
        return map === null ? 0 : Math.max(map.scrollHeight - map.clientHeight, map.scrollWidth - map.clientWidth); })()`;
      assertEquals(await page.do(cut), 0, `the map of ${name} at ${view.width}`);
    });
  }
});

browserTest("on paper nothing is cut off, and what is closed takes no room", async (open) => {
  await everyPage(open, { width: 718, dark: true }, async (page, name) => {
    await page.look({ width: 718, paper: true });
    await page.do(`dispatchEvent(new Event("beforeprint"))`);
    await page.settle();
    assertEquals(await page.do(CLASHES), [], name);
    const wide = `[...document.querySelectorAll("body *")].filter((one) =>
      one.checkVisibility() && one.getBoundingClientRect().right > 700).map(({ tagName, className }) => tagName + " " + className).slice(0, 5)`;
    assertEquals(await page.do(wide), [], name);
    assertEquals(
      await page.do(
        "document.querySelectorAll('summary').length && [...document.querySelectorAll('summary')].filter((one) => one.checkVisibility()).length",
      ),
      0,
      name,
    );
    assertEquals(await page.do(FAINT), [], name);
    await page.do(`dispatchEvent(new Event("afterprint"))`);
  });
});

browserTest("nothing moves while a pointer reads a chart, even where the legend is narrow", async (open) => {
  const page = await open(await pageOf(...PAGES["compared"] ?? []), { width: 390, height: 844 });
  const height = "document.documentElement.scrollHeight";
  const before = await page.do(height);
  await page.do(`for (const over of document.querySelectorAll(".u-over")) {
    const { left, top } = over.getBoundingClientRect();
    for (const kind of ["mouseenter", "mousemove"]) {
      over.dispatchEvent(new MouseEvent(kind, { clientX: left + 40, clientY: top + 20, bubbles: true }));
    }
  }`);
  await page.settle();
  assert(await page.do("document.querySelectorAll('.u-value:not(:empty)').length > 4"), "values are told");
  assertEquals(await page.do(height), before);
});

browserTest("a map keeps its shades and its chosen cell where the system sets the colours", async (open) => {
  const page = await open(await pageOf(...PAGES["map"] ?? []), { forcedColours: true });
  const shades =
    `new Set([...document.querySelectorAll("td[role=gridcell]")].map((td) => getComputedStyle(td).backgroundColor)).size`;
  assert(await page.do<number>(shades) > 4, "as many shades as total times");
  assertMatch(
    await page.do<string>(`getComputedStyle(document.querySelector("td.chosen")).outline`),
    /solid 3px/,
  );
});

browserTest("without scripts a page says so, shows no empty frame, and cuts no label", async (open) => {
  for (const [name, args] of Object.entries(PAGES)) {
    const page = await open(await pageOf(...args), { scripts: false });
    const { result } = await page.send("Runtime.evaluate", {
      expression: `JSON.stringify({
        told: document.querySelector("noscript")?.getBoundingClientRect().height > 10,
        empty: [...document.querySelectorAll(".plot, .tools, .detail")].filter((one) => one.checkVisibility()).length,
        clashes: ${CLASHES},
      })`,
    });
    const { value } = result as { value: string };
    assertEquals(JSON.parse(value), { told: true, empty: 0, clashes: [] }, name);
  }
});

/** What has the focus, and whether one sees it. */
const FOCUS = `(() => {
  const { activeElement: at } = document;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const name = at.id || at.getAttribute("role") || at.className || at.tagName;
  return { name, seen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 1 };
})()`;

browserTest(
  "the keyboard reaches all that can be done, in the order of the page, and one sees where it is",
  async (open) => {
    const page = await open(await pageOf(...PAGES["failing"] ?? []));
    const names: string[] = [];
    for (let press = 0; press < 20; press++) {
      await page.press("Tab");
      const { name, seen } = await page.do<{ name: string; seen: boolean }>(FOCUS);
      assert(seen, `${name}, reached with ${press + 1} presses, shows no focus`);
      names.push(name);
    }
    assertEquals(names.slice(0, 9), ["skip", ...Array<string>(6).fill("A"), "log", "SUMMARY"]);
    assertEquals(names.slice(9, 15), ["img", "SUMMARY", "img", "SUMMARY", "img", "SUMMARY"]);
  },
);

browserTest(
  "evidence from before the pictures marks their edge and says so, and a button leads back",
  async (open) => {
    const page = await open(await pageOf("check", "recordings/dst-missing-device"));
    const link =
      `[...document.querySelectorAll(".evidence a")].find(({ dataset }) => Number(dataset.jump) < 0)`;
    await page.do(`${link}.focus()`);
    await page.press("Enter");
    assertMatch(
      await page.do("document.getElementById('marked').textContent"),
      /^Marked: -1\.\d+ s \(source, line 3\), before the pictures begin$/,
    );
    assertEquals(await page.do("document.querySelector('.marker').getAttribute('x1')"), "0%");
    assertMatch(await page.do("location.hash"), /^#at=-1\d+$/);
    await page.press("Tab");
    assertEquals((await page.do<{ name: string }>(FOCUS)).name, "back");
    await page.press("Enter");
    assertEquals(await page.do(`document.activeElement === ${link}`), true);
  },
);

browserTest(
  "a cell that does not converge tells which knob alone would do, and shows that run",
  async (open) => {
    const page = await open(await pageOf(...PAGES["map"] ?? []));
    // The lowest bandwidth with the middle dirty rate.
    await page.do("document.querySelectorAll('.map tbody tr')[1].cells[1].click()");
    const told = `[...document.querySelectorAll(".remedy-list button")].map((one) => one.textContent)`;
    assertEquals(await page.do(told), ["max-bandwidth 60 MiB/s", "dirty-rate 2\u202f000 pages/s"]);
    await page.do("document.querySelector('.remedy-list button').click()");
    assertEquals(await page.do("document.querySelector('#detail h3').textContent"), "✓ Converges");
    assertEquals(await page.do("document.activeElement.classList.contains('chosen')"), true);
    const nothing = await open(await pageOf(...PAGES["nothing"] ?? []));
    assertMatch(
      await nothing.do("document.getElementById('detail').textContent"),
      /No change of one knob alone/,
    );
    assertEquals(
      await nothing.do("document.getElementById('legend').textContent"),
      "nothing converges× does not converge",
    );
  },
);
