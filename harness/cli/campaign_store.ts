/**
 * What a campaign leaves on the disk: what it is, what is done, what it found.
 *
 * - `campaign.json`: seed, number of cases, shard, targets. A folder holds one campaign.
 * - `journal.jsonl`: one line for each range of cases that is done; only ever appended to. A last line that a killed
 *   process left unfinished is not counted, so those cases are tried again.
 * - `findings/NAME/`: a folder for each finding: the shrunk case as data, `finding.json`, `README.md`.
 *
 * @module
 */
import { type Failure, type Range, unite } from "../../fuzz/mod.ts";
import { DISK, writeFile } from "../files/mod.ts";
import { CommandError } from "./command.ts";
import { describeError } from "./input.ts";

/** What makes two campaigns the same one. */
export interface CampaignPlan {
  readonly seed: number;
  /** Cases of each target, over all shards. */
  readonly runs: number;
  readonly targets: readonly string[];
  /** From 0. */
  readonly shard: number;
  readonly shards: number;
}

/** Ranges that are done, by target. */
export type Progress = ReadonlyMap<string, readonly Range[]>;

/** What `finding.json` holds besides the case's own files. */
export interface FindingHead {
  readonly target: string;
  readonly seed: number;
  readonly index: number;
  readonly bucket: string;
  readonly message: string;
  readonly shrinks: number;
  readonly files: readonly string[];
}

const HEAD = "finding.json";

/** Writes one finding as a folder, whole or not at all. Of two of one name, the one of the earlier case stays. */
export function writeFinding(folder: string, seed: number, failure: Failure): void {
  const { target, index, bucket, message, shrinks, files } = failure;
  const path = `${folder}/${bucket}`;
  const known = readFindingHead(path);
  if (known !== undefined && known.index <= index) return;
  const aside = `${path}.partial`;
  DISK.remove(aside);
  DISK.makeFolder(aside);
  for (const [name, bytes] of Object.entries(files)) DISK.write(`${aside}/${name}`, bytes);
  const head: FindingHead = { target, seed, index, bucket, message, shrinks, files: Object.keys(files) };
  writeFile(`${aside}/${HEAD}`, `${JSON.stringify(head, null, 2)}\n`);
  writeFile(`${aside}/README.md`, findingReadme(path, head));
  DISK.remove(path);
  DISK.rename(aside, path);
}

function findingReadme(path: string, { target, seed, index, message, shrinks }: FindingHead): string {
  const quoted = message.split("\n").map((line) => `    ${line}`).join("\n");
  return `# A finding of fuzz target \`${target}\`

${quoted}

Replay it:

    deno task switchover fuzz replay ${path}

Case ${index} of seed ${seed}, shrunk ${shrinks} times. The files beside this one are the case as data; to keep it, move
this folder to \`fuzz/corpus/\`, where every later campaign and \`deno test\` try it first.
`;
}

/** The head of a finding; `undefined` when the folder holds none. */
export function readFindingHead(folder: string): FindingHead | undefined {
  const bytes = DISK.read(`${folder}/${HEAD}`);
  if (bytes === undefined) return undefined;
  try {
    const head = JSON.parse(new TextDecoder().decode(bytes)) as FindingHead | null;
    const isWhole = typeof head?.target === "string" && typeof head.index === "number" &&
      Array.isArray(head.files);
    return isWhole ? head : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A finding's head and the files of its case.
 *
 * @throws {CommandError} If the folder holds no finding, or not all of it.
 */
export function readFinding(folder: string): { head: FindingHead; files: Record<string, Uint8Array> } {
  const head = readFindingHead(folder);
  if (head === undefined) {
    throw new CommandError(`${folder} holds no finding: its ${HEAD} is missing or damaged`);
  }
  const files: Record<string, Uint8Array> = {};
  for (const name of head.files) {
    const bytes = /^[\w.-]+$/.test(name) ? DISK.read(`${folder}/${name}`) : undefined;
    if (bytes === undefined) throw new CommandError(`${folder} holds no whole finding: ${name} is missing`);
    files[name] = bytes;
  }
  return { head, files };
}

/** The names of the folders in a folder, sorted; none when it is not there. */
export function foldersOf(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].filter(({ isDirectory, name }) =>
      isDirectory && !name.endsWith(".partial")
    )
      .map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The journal of one campaign, open for appending. */
export class CampaignStore {
  readonly folder: string;
  readonly plan: CampaignPlan;
  readonly #done = new Map<string, Range[]>();
  readonly #journal: Deno.FsFile;

  /**
   * Opens a campaign's folder: a new one, or one to resume.
   *
   * @throws {CommandError} If it holds another campaign or cannot be written.
   */
  constructor(folder: string, plan: CampaignPlan) {
    this.folder = folder;
    this.plan = plan;
    const known = readPlan(folder);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(plan)) {
      throw new CommandError(
        `${folder} holds another campaign (seed ${known.seed}, ${known.runs} cases of ${
          known.targets.join(", ")
        }, shard ${known.shard + 1}/${known.shards}); give another --out`,
      );
    }
    try {
      DISK.makeFolder(`${folder}/findings`);
      if (known === undefined) writeFile(`${folder}/campaign.json`, `${JSON.stringify(plan)}\n`);
      for (const [target, ranges] of readJournal(folder)) this.#done.set(target, [...ranges]);
      const path = `${folder}/journal.jsonl`;
      const isCut = !endsWhole(path);
      this.#journal = Deno.openSync(path, { append: true, create: true });
      if (isCut) this.#write("\n");
    } catch (error) {
      throw new CommandError(`Cannot write to ${folder}: ${describeError(error)}`);
    }
  }

  /** What is done, as of the journal. */
  done(target: string): readonly Range[] {
    return this.#done.get(target) ?? [];
  }

  /** Notes that a range is done. Findings of it must be written before. */
  note(target: string, range: Range): void {
    this.#write(`${JSON.stringify({ target, ...range })}\n`);
    this.#done.set(target, unite([...this.done(target), range]));
  }

  close(): void {
    this.#journal.syncDataSync();
    this.#journal.close();
  }

  #write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += this.#journal.writeSync(bytes.subarray(at));
  }
}

/** The plan of a campaign's folder; `undefined` when it holds none. */
export function readPlan(folder: string): CampaignPlan | undefined {
  const bytes = DISK.read(`${folder}/campaign.json`);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as CampaignPlan;
  } catch {
    throw new CommandError(`${folder}/campaign.json is damaged`);
  }
}

/** What a journal says is done. Lines that are not whole do not count. */
export function readJournal(folder: string): Progress {
  const bytes = DISK.read(`${folder}/journal.jsonl`);
  const found = new Map<string, Range[]>();
  for (const line of bytes === undefined ? [] : new TextDecoder().decode(bytes).split("\n")) {
    let note: { target?: unknown; from?: unknown; to?: unknown };
    try {
      note = JSON.parse(line);
    } catch {
      continue;
    }
    const { target, from, to } = note ?? {};
    if (typeof target !== "string" || typeof from !== "number" || typeof to !== "number") continue;
    const ranges = found.get(target) ?? [];
    ranges.push({ from, to });
    found.set(target, ranges);
  }
  return new Map([...found].map(([target, ranges]) => [target, unite(ranges)]));
}

function endsWhole(path: string): boolean {
  const bytes = DISK.read(path);
  return bytes === undefined || bytes.length === 0 || bytes.at(-1) === 10;
}
