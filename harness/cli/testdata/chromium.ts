/**
 * Opens a page in Debian's headless Chromium and tells what it became: the document, the console, the picture.
 *
 * @module
 */
import { inflateSync } from "node:zlib";

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
  readonly dark?: boolean;
  /** The part of the address after `#`. */
  readonly fragment?: string;
}

/** What Chromium made of a page. */
export interface Seen {
  /** The document after its scripts have run. */
  readonly dom: string;
  /** What was written to the console, errors of the policy included. */
  readonly console: readonly string[];
}

async function chromium(page: string, view: View, args: (folder: string) => string[]): Promise<{ out: string; err: string; file?: Uint8Array }> {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/page.html`, page);
    const fragment = view.fragment === undefined ? "" : `#${view.fragment}`;
    const { stdout, stderr } = await new Deno.Command(CHROMIUM ?? "chromium", {
      args: [
        ...["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"],
        ...["--enable-logging=stderr", "--virtual-time-budget=4000", `--user-data-dir=${folder}/profile`],
        `--window-size=${view.width ?? 1280},${view.height ?? 1200}`,
        ...(view.dark === true ? ["--blink-settings=preferredColorScheme=0"] : []),
        ...args(folder),
        `file://${folder}/page.html${fragment}`,
      ],
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const shot = `${folder}/shot.png`;
    const file = args(folder).some((one) => one.includes(shot)) ? Deno.readFileSync(shot) : undefined;
    return { out: text(stdout), err: text(stderr), ...(file === undefined ? {} : { file }) };
  } finally {
    try {
      Deno.removeSync(folder, { recursive: true });
    } catch {
      // A process of Chromium's that is still ending may write to its profile; the folder is a temporary one.
    }
  }
}

/** The document and the console of a page. */
export async function openPage(page: string, view: View = {}): Promise<Seen> {
  const { out, err } = await chromium(page, view, () => ["--dump-dom"]);
  return { dom: out, console: err.split("\n").filter((line) => line.includes(":CONSOLE")) };
}

/**
 * Does something to a page as a person would, then tells what it became.
 *
 * @param script Runs after the page's own. The policy, which would refuse it, is taken out first.
 */
export async function usePage(page: string, script: string, view: View = {}): Promise<Seen> {
  const open = page.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, "");
  return await openPage(open.replace("</body>", () => `<script>${script}</script></body>`), view);
}

/** A picture of a page: three bytes a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A screenshot of a page. */
export async function photograph(page: string, view: View = {}): Promise<Picture> {
  const { file } = await chromium(page, view, (folder) => [`--screenshot=${folder}/shot.png`]);
  if (file === undefined) throw new Error("There is no screenshot");
  return readPng(file);
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
function readPng(file: Uint8Array): Picture {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const channels = file[25] === 6 ? 4 : 3;
  const parts: Uint8Array[] = [];
  for (let at = 8; at < file.length; at += 12 + view.getUint32(at)) {
    const kind = new TextDecoder().decode(file.subarray(at + 4, at + 8));
    if (kind === "IDAT") parts.push(file.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const packed = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => {
    packed.set(part, at);
    return at + part.length;
  }, 0);
  const raw = inflateSync(packed);
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
