/**
 * Opens pages in Debian's headless Chromium, as different readers have them, and tells what became of them: the document,
 * the console, the picture.
 *
 * One browser serves all pages of a process. It is spoken to over a pipe, in the browser's own debugging protocol: no
 * socket is opened, and the page's content security policy holds for all that the page does itself.
 *
 * @module
 */
import { inflateSync } from "node:zlib";
import { joinBytes } from "../../base/mod.ts";
import { runCommand } from "./string_io.ts";

/** Chromium's path; `undefined` where it is not installed. */
export const CHROMIUM: string | undefined = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});

/** What a name of a test that needs it ends with. */
export const SKIPPED = CHROMIUM === undefined ? " (skipped: chromium is not installed)" : "";

/** How a page is looked at. */
export interface View {
  readonly width?: number;
  readonly height?: number;
  /** Pixels of the screen to a pixel of the page. */
  readonly scale?: number;
  readonly dark?: boolean;
  readonly paper?: boolean;
  readonly forcedColours?: boolean;
  readonly still?: boolean;
  readonly scripts?: boolean;
  /** The part of the address after `#`. */
  readonly fragment?: string;
}

type Reply = Readonly<Record<string, unknown>>;
interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Reply;
  readonly result?: Reply;
  readonly error?: { readonly message: string };
}

/** The browser. Close it when the last page is done with: a process that is left keeps a test from ending. */
export class Browser {
  readonly #folder = Deno.makeTempDirSync();
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #listeners = new Map<string, (message: Message) => void>();
  readonly #reading: Promise<void>;
  #id = 0;
  #pages = 0;

  constructor() {
    // The browser reads commands from file 3 and writes replies to file 4: the pipes of the shell that starts it.
    const flags = [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"],
      ...["--remote-debugging-pipe", "--no-first-run", "--disable-extensions", `--user-data-dir=${this.#folder}/profile`],
    ];
    this.#process = new Deno.Command("sh", {
      args: ["-c", `exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1`, "sh", CHROMIUM ?? "chromium", ...flags, "about:blank"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let parts: string[] = [];
    for await (const bytes of this.#process.stdout) {
      const texts = decoder.decode(bytes, { stream: true }).split("\0");
      for (const text of texts.slice(0, -1)) {
        this.#take(JSON.parse(parts.join("") + text) as Message);
        parts = [];
      }
      parts.push(texts.at(-1) ?? "");
    }
    for (const settle of this.#waiting.values()) settle({ error: { message: "the browser has ended" } });
  }

  #take(message: Message): void {
    if (message.id === undefined) return this.#listeners.get(message.sessionId ?? "")?.(message);
    this.#waiting.get(message.id)?.(message);
    this.#waiting.delete(message.id);
  }

  /** Sends a command. @throws {Error} If the browser refuses it. */
  async send(method: string, params: Reply = {}, sessionId?: string): Promise<Reply> {
    const id = ++this.#id;
    const reply = new Promise<Message>((settle) => this.#waiting.set(id, settle));
    const command = { id, method, params, ...(sessionId === undefined ? {} : { sessionId }) };
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(command)}\0`));
    const { result, error } = await reply;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  listen(sessionId: string, to: (message: Message) => void): void {
    this.#listeners.set(sessionId, to);
  }

  /** Opens a page in a tab of its own and waits until it has drawn. */
  async open(page: string, view: View = {}): Promise<OpenPage> {
    const file = `${this.#folder}/${++this.#pages}.html`;
    Deno.writeTextFileSync(file, page);
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const opened = new OpenPage(this, String(targetId), String(sessionId));
    await opened.look(view);
    await opened.go(`file://${file}${view.fragment === undefined ? "" : `#${view.fragment}`}`);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.send("Browser.close").catch(() => {});
    await this.#writer.close().catch(() => {});
    await this.#reading;
    await this.#process.status;
    try {
      Deno.removeSync(this.#folder, { recursive: true });
    } catch {
      // A process of Chromium's that is still ending may write to its profile; the folder is a temporary one.
    }
  }
}

/** A page in a tab. */
export class OpenPage {
  /** What was written to the console, errors of the policy included. */
  readonly console: string[] = [];
  #loaded: () => void = () => {};
  #scripts = true;

  constructor(readonly browser: Browser, readonly target: string, readonly session: string) {
    browser.listen(session, ({ method, params = {} }) => {
      if (method === "Page.loadEventFired") this.#loaded();
      if (method === "Log.entryAdded") this.console.push(String((params["entry"] as Reply)["text"]));
      if (method === "Runtime.exceptionThrown") this.console.push(JSON.stringify(params["exceptionDetails"]));
      if (method === "Runtime.consoleAPICalled") this.console.push(JSON.stringify(params["args"]));
    });
  }

  send(method: string, params: Reply = {}): Promise<Reply> {
    return this.browser.send(method, params, this.session);
  }

  /** Looks at the page as another reader does. */
  async look(view: View): Promise<void> {
    const { width = 1280, height = 1200, scale = 1, scripts = true } = view;
    this.#scripts = scripts;
    for (const domain of ["Page", "Runtime", "Log"]) await this.send(`${domain}.enable`);
    // A tab behind another draws nothing.
    await this.send("Page.bringToFront");
    await this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: scale, mobile: false });
    await this.send("Emulation.setScriptExecutionDisabled", { value: !scripts });
    await this.send("Emulation.setEmulatedMedia", {
      media: view.paper === true ? "print" : "",
      features: [
        { name: "prefers-color-scheme", value: view.dark === true ? "dark" : "light" },
        { name: "prefers-reduced-motion", value: view.still === true ? "reduce" : "no-preference" },
        { name: "forced-colors", value: view.forcedColours === true ? "active" : "none" },
      ],
    });
  }

  async go(address: string): Promise<void> {
    const loaded = new Promise<void>((settle) => this.#loaded = settle);
    await this.send("Page.navigate", { url: address });
    await loaded;
    await this.settle();
  }

  /** Waits for two frames: what a script asks of the next one is drawn after it. A page that draws nothing is not waited for. */
  async settle(): Promise<void> {
    if (!this.#scripts) return;
    await this.do(`new Promise((done) => {
      setTimeout(done, 5000);
      requestAnimationFrame(() => requestAnimationFrame(done));
    })`);
  }

  /** What an expression of the page's own words gives. @throws {Error} If it throws. */
  async do<T = unknown>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { readonly value: T }).value;
  }

  /** Presses keys as a keyboard does: Tab moves the focus. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const name of keys) {
      const [key = "", modifiers] = name.startsWith("Shift+") ? [name.slice(6), 8] : [name, 0];
      const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
      const one = { key, code: key, modifiers, windowsVirtualKeyCode: KEY_CODES[key] ?? key.toUpperCase().charCodeAt(0) };
      await this.send("Input.dispatchKeyEvent", { type: text === undefined ? "rawKeyDown" : "keyDown", ...one, ...(text === undefined ? {} : { text }) });
      await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...one });
    }
    await this.settle();
  }

  /** The document as it is now. */
  async dom(): Promise<string> {
    return await this.do<string>("document.documentElement.outerHTML");
  }

  /** A picture of what the window shows, as a PNG; of the whole page where that is asked for. */
  async photograph(whole = false): Promise<Uint8Array> {
    const { data } = await this.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: whole });
    return Uint8Array.from(atob(String(data)), (char) => char.charCodeAt(0));
  }

  async close(): Promise<void> {
    await this.browser.send("Target.closeTarget", { targetId: this.target });
  }
}

const KEY_CODES: Readonly<Record<string, number>> = {
  ...{ Tab: 9, Enter: 13, Escape: 27, PageUp: 33, PageDown: 34, End: 35, Home: 36 },
  ...{ ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40, "+": 187, "-": 189 },
};

/** A picture of a page: three bytes a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}
/** How many pixels have a colour, to within a few shades, since edges are smoothed. */
export function countColour({ pixels }: Picture, [red, green, blue]: readonly [number, number, number]): number {
  let count = 0;
  for (let at = 0; at < pixels.length; at += 3) {
    const distance = Math.abs((pixels[at] ?? 0) - red) + Math.abs((pixels[at + 1] ?? 0) - green) +
      Math.abs((pixels[at + 2] ?? 0) - blue);
    if (distance <= 12) count++;
  }
  return count;
}

/** Reads what Chromium writes: eight bits a channel, not interlaced. */
export function readPng(file: Uint8Array): Picture {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const channels = file[25] === 6 ? 4 : 3;
  const parts: Uint8Array[] = [];
  for (let at = 8; at < file.length; at += 12 + view.getUint32(at)) {
    const kind = new TextDecoder().decode(file.subarray(at + 4, at + 8));
    if (kind === "IDAT") parts.push(file.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const raw = inflateSync(joinBytes(parts));
  const stride = width * channels;
  const rows = new Uint8Array(stride * height);
  const pixels = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    const filter = raw[row * (stride + 1)] ?? 0;
    for (let at = 0; at < stride; at++) {
      const left = at < channels ? 0 : rows[row * stride + at - channels] ?? 0;
      const up = row === 0 ? 0 : rows[(row - 1) * stride + at] ?? 0;
      const corner = row === 0 || at < channels ? 0 : rows[(row - 1) * stride + at - channels] ?? 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      const value = ((raw[row * (stride + 1) + 1 + at] ?? 0) + guess) & 255;
      rows[row * stride + at] = value;
      const channel = at % channels;
      if (channel < 3) pixels[(row * width + (at - channel) / channels) * 3 + channel] = value;
    }
  }
  return { width, height, pixels };
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

let shared: Browser | undefined;

/** Opens a page in the browser of the process. */
export type Open = (page: string, view?: View) => Promise<OpenPage>;

/** A test with the browser that all tests of a file share: to start one takes longer than most of them. */
export function browserTest(name: string, work: (open: Open) => Promise<void>): void {
  const open: Open = (page, view) => (shared ??= new Browser()).open(page, view);
  // The browser and the pipe to it outlive the test.
  const lasting = { sanitizeOps: false, sanitizeResources: false };
  Deno.test({ name: `${name}${SKIPPED}`, ignore: CHROMIUM === undefined, ...lasting, fn: () => work(open) });
}

const written = new Map<string, Promise<string>>();

/** The page that a command writes; what more than one test looks at is made once. */
export function pageOf(...args: readonly string[]): Promise<string> {
  const key = args.join("\0");
  const page = written.get(key) ?? writePage(args);
  written.set(key, page);
  return page;
}

async function writePage(args: readonly string[]): Promise<string> {
  const file = Deno.makeTempFileSync({ suffix: ".html" });
  try {
    const { code, err } = await runCommand([...args, "--html", file]);
    if (code > 1) throw new Error(err);
    return Deno.readTextFileSync(file);
  } finally {
    Deno.removeSync(file);
  }
}

/** Ends the browser, after the last test of a file. */
export async function closeBrowser(): Promise<void> {
  await shared?.[Symbol.asyncDispose]();
}
