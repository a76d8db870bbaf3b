/**
 * What a campaign leaves on the disk: what it is, what is done, what it found.
 *
 * - `campaign.json`: seed, number of cases, shard, targets. A folder holds one campaign.
 * - `journal/`: a file for each writer, only ever appended to; `fuzz/campaign/journal.ts` says what is in it.
 * - `findings/BUCKET/`: a folder for each finding; `finding_folder.ts` says what is in it.
 *
 * @module
 */
import {
  type CampaignState,
  failedLine,
  type Failure,
  type FindingKey,
  type Hopeless,
  hopelessCases,
  keptFindings,
  mergeStates,
  type Range,
  writeJournal,
} from "../../fuzz/mod.ts";
import { DISK, writeFile } from "../files/mod.ts";
import { CommandError } from "./command.ts";
import { copyFinding, foldersOf, readFindingHead, removeFinding, writeFinding } from "./finding_folder.ts";
import { describeError } from "./input.ts";
import { journalsAtRest, nextJournal, openJournal, readJournalFolder, syncJournals } from "./journal_file.ts";

/** What makes two campaigns the same one. */
export interface CampaignPlan {
  readonly seed: number;
  /** Cases in all, over all targets and shards. */
  readonly runs: number;
  readonly targets: readonly string[];
  /** Cases of each target, over all shards. */
  readonly cases: Readonly<Record<string, number>>;
  /** Whether cases are made of earlier ones that reached something new, where a target can do that. */
  readonly guided: boolean;
  /** From 0. */
  readonly shard: number;
  readonly shards: number;
}

/** Where a campaign keeps what it has done. */
export interface CampaignLog {
  /** What is done, as of the start. */
  done(target: string): readonly Range[];
  /** Cases that are known never to end or to kill their worker, as of the start. */
  hopeless(target: string): readonly Hopeless[];
  /** A file for another writer to append to; `undefined` when nothing is kept. */
  nextJournal(): string | undefined;
  /** Keeps a failure: its finding first, if it was shrunk, and then that its case is done. */
  keep(target: string, index: number, rule: string, failure?: Failure): void;
}

/** One finding and the folder that holds it. */
export interface FoundFolder extends FindingKey {
  readonly folder: string;
}

/** The memory as a log, for a campaign that nobody will resume: only findings are written. */
export function memoryLog(folder: string, seed: number): CampaignLog {
  return {
    done: () => [],
    hopeless: () => [],
    nextJournal: () => undefined,
    keep: (_target, _index, _rule, failure) => {
      if (failure !== undefined) writeFinding(`${folder}/findings`, seed, failure);
    },
  };
}

/** The folder of one campaign, open for going on. */
export class CampaignStore implements CampaignLog {
  readonly folder: string;
  readonly plan: CampaignPlan;
  readonly #before: CampaignState<FoundFolder>;
  readonly #journal: string;
  #writers = 0;
  readonly #write: (text: string) => void;

  /**
   * Opens a campaign's folder when nobody writes to it any more: workers of a campaign that was killed may live for
   * some milliseconds more, and end a case.
   *
   * @param waits Called when somebody still does.
   * @throws {CommandError} If it holds another campaign or cannot be written.
   */
  static async open(folder: string, plan: CampaignPlan, waits: () => void): Promise<CampaignStore> {
    await journalsAtRest(folder, waits);
    return new CampaignStore(folder, plan);
  }

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
        `${folder} holds another campaign (seed ${known.seed}, ${known.runs} ${
          known.guided ? "guided" : "blind"
        } cases of ${known.targets.join(", ")}, shard ${
          known.shard + 1
        }/${known.shards}); give another --out`,
      );
    }
    try {
      DISK.makeFolder(`${folder}/findings`);
      DISK.makeFolder(`${folder}/journal`);
      if (known === undefined) writeFile(`${folder}/campaign.json`, `${JSON.stringify(plan)}\n`);
      this.#before = readState(folder);
      this.#journal = nextJournal(folder);
      this.#write = openJournal(`${this.#journal}-0`);
    } catch (error) {
      throw new CommandError(`Cannot write to ${folder}: ${describeError(error)}`);
    }
  }

  /** What earlier processes have reached, by target. */
  get reached(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#before.journal.reached;
  }

  done(target: string): readonly Range[] {
    return this.#before.journal.done.get(target) ?? [];
  }

  hopeless(target: string): Hopeless[] {
    return hopelessCases(target, this.#before.journal);
  }

  nextJournal(): string {
    return `${this.#journal}-${++this.#writers}`;
  }

  keep(target: string, index: number, rule: string, failure?: Failure): void {
    if (failure !== undefined) writeFinding(`${this.folder}/findings`, this.plan.seed, failure);
    this.#write(failedLine(target, index, rule));
  }

  /** Flushes the journals, and takes away the findings that do not stay; gives what is there then. */
  close(): CampaignState<FoundFolder> {
    syncJournals(this.folder);
    const { journal, findings } = readState(this.folder);
    const kept = keptFindings(journal, findings);
    for (const [bucket, { folder }] of findings) if (!kept.has(bucket)) removeFinding(folder);
    return { journal, findings: kept };
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

/** What a campaign's folder holds. */
export function readState(folder: string): CampaignState<FoundFolder> {
  const findings = new Map<string, FoundFolder>();
  for (const name of foldersOf(`${folder}/findings`)) {
    const path = `${folder}/findings/${name}`;
    const head = readFindingHead(path);
    if (head === undefined) continue;
    const { target, bucket, rule, index } = head;
    findings.set(bucket, { target, bucket, rule, index, folder: path });
  }
  return { journal: readJournalFolder(folder), findings };
}

/** Writes parts of one campaign into a new folder, united. */
export function writeMerged(
  out: string,
  plan: CampaignPlan,
  folders: readonly string[],
): CampaignState<FoundFolder> {
  const merged = mergeStates(folders.map(readState));
  try {
    DISK.makeFolder(`${out}/journal`);
    DISK.makeFolder(`${out}/findings`);
    for (const { bucket, folder } of merged.findings.values()) {
      copyFinding(folder, `${out}/findings/${bucket}`);
    }
    writeFile(`${out}/journal/1-0`, writeJournal(merged.journal));
    // Last: what has a plan is a whole campaign.
    writeFile(`${out}/campaign.json`, `${JSON.stringify({ ...plan, shard: 0, shards: 1 })}\n`);
  } catch (error) {
    throw new CommandError(`Cannot write to ${out}: ${describeError(error)}`);
  }
  return readState(out);
}
