/**
 * One side's log under judgement: migrations are told apart, each event goes to the checks that mention it.
 *
 * @module
 */
import {
  type Catalog,
  type EventView,
  FLAG,
  type OtherKind,
  type OtherView,
  type Sample,
  type Side,
  type TraceVisitor,
} from "../trace/mod.ts";
import { Binding } from "./binding.ts";
import { type Check, type MigrationEnd, remember, type Remembered } from "./check.ts";
import { Coverage, SEEN_MAX, TORN } from "./coverage.ts";
import { type Landmarks, landmarksOf, LOADS, SENDS } from "./landmarks.ts";
import { Crew } from "./crew.ts";
import { Damage } from "./damage.ts";
import { Lanes } from "./lanes.ts";
import { Parties } from "./parties.ts";
import { CONTEXT_LINES, Recent } from "./recent.ts";
import type { Ending, Trait } from "./rule.ts";
import type { Settings } from "./settings.ts";
import { TraitCheck } from "./trait_check.ts";
import { Wiring } from "./wiring.ts";
import type { Evidence, EvidenceLine, MigrationSummary, SideSummary } from "./verdict.ts";
import { NO_OTHERS } from "./verdict.ts";

/** Evidence whose following lines are still to come. */
interface Trailing {
  readonly around: EvidenceLine[];
  left: number;
}

/** What a stream tells the judge. */
export interface StreamOwner {
  /** The first event of a declaration comes, and has not been judged yet. */
  meets(stream: Stream, declaration: number): void;
  /** A migration begins. */
  begins(stream: Stream): void;
  /** A migration is over, or the log ends: no check has been told so far. */
  ends(stream: Stream): void;
  /** A migration is over, or the log ends: every check has had its end. */
  closes(stream: Stream, end: MigrationEnd): void;
}

const OVER: readonly Ending[] = ["completed", "failed", "cancelled"];
const ENDINGS: Readonly<Record<string, Ending>> = Object.fromEntries(OVER.map((one) => [one, one]));

/** Judges one side's log, event by event. */
export class Stream implements TraceVisitor {
  readonly side: Side;
  readonly catalog: Catalog;
  readonly lanes: Lanes;
  readonly coverage: Coverage;
  readonly settings: Settings;
  readonly damage = new Damage();
  readonly parties: Parties;
  readonly crew = new Crew();
  fromStart = false;
  /** The migration that is being judged, from 1; 0 before the first. */
  migration = 0;
  status = "";
  readonly #owner: StreamOwner;
  readonly #wiring: Wiring;
  readonly #traits: TraitCheck;
  readonly #recent: Recent;
  readonly #trailing: Trailing[] = [];
  readonly #landmarks: Landmarks;
  /** Whether the virtual CPUs ran when that was traced last; undefined before. */
  #guestRuns: boolean | undefined = undefined;
  #samples: readonly Sample[] = [];
  #nextSample = 0;
  #nextMoment = Infinity;
  #others: Record<OtherKind, number> = { ...NO_OTHERS };
  #events = 0;
  #isBegun = false;
  #isClean = false;
  #isByMarker = false;
  /** What this process does in this migration: 1 sends, 2 loads, 0 not known yet. */
  #course = 0;
  #isSure = false;
  /** Whether the guest was last stopped for a savevm, and whether it was when this began. */
  #isSaving = false;
  #isSaved = false;
  #lastAt = -1;
  #firstLine = 1;
  #lastLine = 0;
  #migrations: MigrationSummary[] = [];

  constructor(side: Side, catalog: Catalog, settings: Settings, owner: StreamOwner) {
    this.side = side;
    this.catalog = catalog;
    this.settings = settings;
    this.#owner = owner;
    this.lanes = new Lanes(side, catalog);
    this.parties = new Parties(catalog);
    this.coverage = new Coverage(side, catalog, settings.unlogged);
    this.#recent = new Recent(side);
    this.#wiring = new Wiring(side, catalog, this.#recent, settings);
    this.#landmarks = landmarksOf(side, catalog);
    const traitHost = new Binding(this, undefined, () => {});
    this.#traits = new TraitCheck(traitHost);
    traitHost.check = this.#traits;
    this.wire(this.#traits);
  }

  /** Gives it the replies of its side, in order of time; before any event. */
  expect(samples: readonly Sample[]): void {
    this.#samples = samples;
    this.#nextMoment = Math.min(this.settings.nextAt, samples[0]?.t_us ?? Infinity);
  }

  /** Forgets the log that it judged, and keeps whom it sends events to: the next log is another run's. */
  renew(): void {
    this.lanes.renew();
    this.coverage.renew(this.settings.unlogged);
    this.#recent.renew();
    this.#wiring.reset();
    this.#traits.begin();
    this.damage.renew();
    this.parties.renew();
    this.crew.renew();
    this.fromStart = false;
    this.migration =
      this.#nextSample =
      this.#events =
      this.#course =
      this.#lastLine =
        0;
    this.#isBegun =
      this.#isClean =
      this.#isByMarker =
      this.#isSure =
      this.#isSaving =
      this.#isSaved =
        false;
    this.status = "";
    this.#guestRuns = undefined;
    this.#lastAt = -1;
    this.#firstLine = 1;
    this.#trailing.length = 0;
    this.#others = { ...NO_OTHERS };
    this.#migrations = [];
  }

  /** Sends the events of a check's slots to it. @returns Whether this version has any of them. */
  wire(check: Check): boolean {
    return this.#wiring.wire(check);
  }

  /** From the next event on a slot takes its events, or does not. */
  change(check: Check, slot: number, isArmed: boolean): void {
    this.#wiring.change(check, slot, isArmed);
  }

  /** Whether the proof of a trait may have been off, and nothing else tells that this migration lacks it. */
  mayHide(trait: Trait): boolean {
    return this.side === "source" && !this.coverage.isTold && this.#traits.mayHide(trait);
  }

  /** Traits that this migration's trace proves. */
  get proven(): ReadonlySet<Trait> {
    return this.#traits.proven;
  }

  /** Whether the log has what tells one migration from the next. */
  get showsBeginnings(): boolean {
    return (this.coverage.seen[this.#landmarks.setState] ?? 0) > 0 ||
      this.coverage.isToldOn(this.#landmarks.setState);
  }

  /** Whether what was begun is a savevm, as far as the log shows: the same stream, written to a disk. */
  get mayBeSavevm(): boolean {
    if (this.side !== "source" || this.#isSure || this.#course === LOADS) return false;
    // The event that says so may be off; where it is known to be on, nothing was sent.
    if (this.#course !== SENDS && this.coverage.isToldOn(this.#landmarks.marker)) return false;
    return this.#isSaved || this.status === "completed";
  }

  event(view: EventView): void {
    // Of a log that was cut, the last line may say 10 where QEMU wrote 1000, or act for active.
    if ((view.flags & FLAG.unended) !== 0) return this.#tear(view.line);
    const { index } = view.declaration;
    this.#events++;
    const seen = this.coverage.seen[index] as number;
    if (seen < SEEN_MAX) {
      this.coverage.see(index);
      this.parties.see(index, Object.hasOwn(ENDINGS, this.status));
      if (seen === 0) this.#owner.meets(this, index);
    }
    const event = this.#recent.take(view);
    if (event.at >= this.#nextMoment) this.#moveTo(event.at);
    else if (event.at < 0) this.settings.loseTime();
    this.#lastAt = event.at;
    const { courses, migrates, setState, vmState, cleanup, marker } = this.#landmarks;
    if (this.#course === 0 && courses[index] !== 0) this.#course = courses[index] as number;
    if (migrates[index] === 1) this.#isSure = true;
    if (index === setState) this.#onState(event);
    else if (index === vmState) {
      this.#isSaving = event.text(2) === "save-vm";
      this.#guestRuns = event.number(0) === 1;
    } else if (index === cleanup) this.#isClean = true;
    else if (index === marker && this.#isIdle()) this.#beginByMarker(event.line);
    this.#lastLine = event.line;
    this.lanes.enter(event);
    this.#wiring.deliver(event);
    if (this.#trailing.length > 0) this.#trail(event);
  }

  other(item: OtherView): void {
    this.#others[item.kind]++;
    if (TORN.has(item.kind)) this.coverage.torn++;
    this.damage.see(item, this.#events === 0);
    this.#lastLine = item.line;
  }

  /** A line whose values cannot be trusted: something was traced there, and nothing is said of what. */
  #tear(line: number): void {
    this.#others.incomplete++;
    this.coverage.torn++;
    this.damage.tear(line);
    this.#lastLine = line;
  }

  /** The log ends here. */
  finish(): void {
    // Replies from after the log's end say nothing of a migration that was still under way there, to most rules.
    // Without times nothing tells which of several migrations they are about.
    if (this.#lastAt < 0 && this.migration > 1) this.#nextSample = this.#samples.length;
    const isOver = Object.hasOwn(ENDINGS, this.status);
    this.#moveTo(isOver ? this.#nextMigrationAt() - 1 : this.#lastAt);
    const past = isOver ? [] : this.#samples.slice(this.#nextSample);
    this.crew.samplePast(past);
    this.#close();
  }

  /** When a reply first shows a migration under way though the log's last one is over: the log was cut before it. */
  #nextMigrationAt(): number {
    const isUnderWay = ({ t_us, "query-migrate": { status = "completed" } }: Sample) =>
      t_us > this.#lastAt && !Object.hasOwn(ENDINGS, status);
    return this.#samples.find(isUnderWay)?.t_us ?? Infinity;
  }

  summary(): SideSummary {
    return {
      side: this.side,
      catalog: this.catalog.name,
      events: this.#events,
      others: { ...this.#others },
      migrations: this.#migrations,
    };
  }

  /** Makes evidence of a violation; the lines after it are added as they come. */
  evidence(
    note: string,
    where: EventView | Remembered | null,
    earlier?: Remembered,
    sampleAt?: number,
  ): Evidence {
    const around: EvidenceLine[] = [];
    let at: EvidenceLine | undefined;
    if (where !== null && "declaration" in where) {
      at = remember(this.side, where);
      around.push(...this.#recent.lines().filter(({ line }) => line < where.line), at);
      this.#trailing.push({ around, left: CONTEXT_LINES });
    } else if (where !== null) {
      at = where;
      around.push(at);
    }
    const moment = sampleAt ?? (where === null ? this.#lastAt : at?.record?.at ?? -1);
    return {
      side: at?.side ?? this.side,
      migration: Math.max(this.migration, 1),
      note,
      around,
      ...(at === undefined ? {} : { at }),
      ...(moment < 0 ? {} : { moment }),
      ...(earlier === undefined ? {} : { earlier }),
    };
  }

  #trail(event: EventView): void {
    let kept = 0;
    for (const trailing of this.#trailing) {
      const last = trailing.around.at(-1);
      if (last !== undefined && last.line < event.line) {
        trailing.around.push(remember(this.side, event));
        trailing.left--;
      }
      if (trailing.left > 0) this.#trailing[kept++] = trailing;
    }
    this.#trailing.length = kept;
  }

  #moveTo(at: number): void {
    let sample = this.#samples[this.#nextSample];
    while (sample !== undefined && sample.t_us <= at) {
      this.settings.moveTo(sample.t_us);
      this.crew.sample(sample);
      this.#nextSample++;
      sample = this.#samples[this.#nextSample];
    }
    if (at < Infinity) this.settings.moveTo(at);
    this.#nextMoment = Math.min(this.settings.nextAt, sample?.t_us ?? Infinity);
  }

  #onState(event: EventView): void {
    const state = event.text(0);
    const starts = state === "setup" ||
      (state === "active" && this.#landmarks.startsActive && this.#isIdle());
    if (starts) this.#begin(event.line);
    if (state === "active") this.#isSure = true;
    this.status = state;
  }

  /** Whether no migration is under way: none has begun, or the last one ended and was cleaned up. */
  #isIdle(): boolean {
    return !this.#isBegun || (this.#isClean && Object.hasOwn(ENDINGS, this.status));
  }

  /**
   * A stream's header without the state before it. It begins a migration all the same if the
   * log reaches back beyond it, so that the state would be there; otherwise the log begins in the middle. A savevm
   * begins like that too, and is no migration: it is known by having no state at all.
   */
  #beginByMarker(line: number): void {
    const { seen } = this.coverage;
    if (this.migration === 0 && !this.#landmarks.before.some((index) => index !== -1 && seen[index] !== 0)) {
      return;
    }
    this.#begin(line);
    this.#isByMarker = true;
  }

  #begin(line: number): void {
    if (this.migration > 0 || this.status !== "") this.#close();
    this.migration++;
    this.#isBegun = true;
    this.#isClean = false;
    this.#isByMarker = false;
    this.#course = 0;
    this.#isSure = false;
    this.#isSaved = this.#isSaving;
    this.fromStart = true;
    this.status = "";
    this.#firstLine = line;
    // What the facts say is how the guest was before the first migration; a later one finds it as that one left it.
    if (this.#guestRuns !== undefined || this.migration > 1) this.settings.guestRan = this.#guestRuns;
    this.lanes.begin();
    this.parties.begin();
    this.damage.begin();
    this.#traits.begin();
    this.#wiring.reset();
    this.crew.begin();
    this.#owner.begins(this);
  }

  /**
   * How the migration ended, if the log goes on to its cleanup. A log that ends earlier may lack what comes between,
   * and says nothing of what is missing.
   */
  #ending(): Ending {
    const ending = ENDINGS[this.status] ?? "other";
    if (this.side === "destination" || this.#isClean) return ending;
    const cleanup = this.catalog.declarations[this.#landmarks.cleanup];
    if (cleanup === undefined) return ending;
    return this.coverage.isLikely([{ declaration: cleanup, where: null, args: [] }]) ? "other" : ending;
  }

  #close(): void {
    if (this.migration === 0) this.migration = 1;
    const ending = this.#ending();
    // Who was migrated to may migrate on: that is another's migration, and the log of one side there.
    const isOthers = !this.parties.areMixed && this.#course === (this.side === "source" ? LOADS : SENDS);
    const isMigration = (!this.#isByMarker || this.status !== "") && !isOthers && !this.mayBeSavevm;
    const end = { ending, fromStart: this.fromStart, lastLine: this.#lastLine, isMigration };
    this.#owner.ends(this);
    if (isMigration) this.crew.end(end);
    this.#owner.closes(this, end);
    if (!isMigration) return;
    this.#migrations.push({
      index: this.migration,
      firstLine: this.#firstLine,
      lastLine: this.#lastLine,
      status: this.status,
      fromStart: this.fromStart,
    });
  }
}
