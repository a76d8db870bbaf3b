/**
 * What differs between a golden and a run, in sentences: first what is wrong with the golden's files as files.
 *
 * A byte order mark or line ends that an editor or git put in make every line another one, and none of them tells why.
 *
 * @module
 */
import { placeAt, showPlace } from "../base/mod.ts";
import { describeDifference, GOLDEN_FILES, type GoldenFile, type GoldenFiles } from "../golden/mod.ts";
import { readJson } from "../scenario/mod.ts";

const LATIN1 = new TextDecoder("latin1");
const [LINE_FEED, RETURN] = [10, 13];
const MARK = "\u00ef\u00bb\u00bf";

/**
 * Sentences, most telling first.
 *
 * @param folder The golden's own, as the sentences call it.
 */
export function describeGolden(golden: GoldenFiles, now: GoldenFiles, folder: string): string[] {
  const damage = GOLDEN_FILES.flatMap((file) => {
    const text = LATIN1.decode(golden[file]);
    return damageOf(file, text).map(([offset, what]) =>
      `${showPlace(`${folder}/${file}`, placeAt(text, offset))}: ${what}`
    );
  });
  return [...damage, ...describeDifference(withoutDamage(golden), now)];
}

/** The files as they would be without what editors and git put in, so that what differs besides can be told. */
export function withoutDamage(golden: GoldenFiles): GoldenFiles {
  return Object.fromEntries(
    GOLDEN_FILES.map((file) => [file, mended(golden[file])]),
  ) as unknown as GoldenFiles;
}

function damageOf(file: GoldenFile, text: string): [offset: number, what: string][] {
  const found: [number, string][] = [];
  if (text.startsWith(MARK)) found.push([0, "A byte order mark stands here, and a golden has none"]);
  const end = text.indexOf("\r\n");
  if (end !== -1) found.push([end, "The line ends with CR LF, and those of a golden with LF alone"]);
  const plain = text.startsWith(MARK) ? text.slice(MARK.length) : text;
  if (file === "summary.json") {
    const json = readJson(plain);
    if (!json.ok) found.push([text.length - plain.length + json.error.offset, json.error.reason]);
  } else if (plain !== "" && !plain.endsWith("\n")) found.push([text.length, "The last line is cut off"]);
  return found;
}

function mended(bytes: Uint8Array): Uint8Array {
  const isMarked = LATIN1.decode(bytes.subarray(0, MARK.length)) === MARK;
  const plain = isMarked ? bytes.subarray(MARK.length) : bytes;
  if (!plain.includes(RETURN)) return plain;
  return plain.filter((byte, at) => byte !== RETURN || plain[at + 1] !== LINE_FEED);
}
