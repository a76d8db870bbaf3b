/**
 * Shrinks a failing case to a fixpoint: until no single step that the target knows keeps the failure.
 *
 * @module
 */
import type { FuzzTarget } from "../target.ts";
import { type Broken, tryItem } from "./try_case.ts";

/** A case that takes more tries than this to shrink is left as it is; it would cost minutes. */
const TRIES_MAX = 5000;

/** The smallest case found. */
export interface Shrunk<Case> {
  readonly item: Case;
  readonly error: unknown;
  /** Steps that kept the failure. */
  readonly shrinks: number;
  /** Cases that were tried on the way. */
  readonly tries: number;
  /** Whether no step is left that keeps the failure. */
  readonly isFixpoint: boolean;
}

/**
 * Walks through the steps in passes, going on behind each step that kept the failure, until a whole pass keeps none.
 * Only a failure of the same rule counts, so that shrinking does not wander from one defect to another.
 *
 * @param onTry Called before each try: whoever watches sees that it goes on.
 */
export function shrinkCase<Case>(
  target: FuzzTarget<Case>,
  { item, error, cause }: Broken<Case>,
  onTry: () => void = () => {},
): Shrunk<Case> {
  let current = { item, error };
  const known = new Set<string>();
  let shrinks = 0;
  let tries = 0;
  for (;;) {
    const before = shrinks;
    for (let position = 0; tries < TRIES_MAX;) {
      const found = firstFrom(target, current.item, position, cause.rule, TRIES_MAX - tries, onTry, known);
      tries += found.tries;
      if (found.broken === undefined) break;
      current = found.broken;
      position = found.position;
      shrinks++;
    }
    if (shrinks === before || tries >= TRIES_MAX) {
      return { ...current, shrinks, tries, isFixpoint: shrinks === before && tries < TRIES_MAX };
    }
  }
}

/** The first step at or behind a position that keeps the failure; what is known not to keep it is not tried again. */
function firstFrom<Case>(
  target: FuzzTarget<Case>,
  item: Case,
  from: number,
  rule: string,
  most: number,
  onTry: () => void,
  known: Set<string>,
): { broken?: Broken<Case>; position: number; tries: number } {
  let position = 0;
  let tries = 0;
  for (const candidate of target.simpler?.(item) ?? []) {
    if (position++ < from) continue;
    const text = JSON.stringify(candidate);
    if (known.has(text)) continue;
    if (target.isCase?.(candidate) === false) {
      known.add(text);
      continue;
    }
    if (tries++ >= most) break;
    onTry();
    const broken = target.mayBreak?.(candidate, rule) === false
      ? undefined
      : tryItem(target, candidate).broken;
    if (broken?.cause.rule !== rule) known.add(text);
    else return { broken, position: position - 1, tries };
  }
  return { position, tries };
}
