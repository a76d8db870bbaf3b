/**
 * Which reading is taken where a payload has several: the order of strings, and preferences that facts support.
 *
 * A format with two strings, such as `%s/%s[%d]`, prints `a/b/c[0]` for two pairs of arguments. The text cannot
 * decide; what the strings are can, mostly. Every such event is flagged as ambiguous whatever is chosen here.
 *
 * @see facts/tracing.md f.2, where each split was tried or read
 * @module
 */

/** How the readings of one event are ordered. */
export interface SplitRule {
  /** For each string but the last: whether it is as short (`first`) or as long (`last`) as can be. */
  readonly order: readonly ("first" | "last")[];
  /** A reading that is taken before all others, by its strings. */
  readonly prefers?: (strings: readonly string[]) => boolean;
}

/** Without a rule of its own an event's strings are as short as can be, from the left. */
export const DEFAULT_RULE: SplitRule = { order: [] };

const FIRST: SplitRule = DEFAULT_RULE;
const LAST: SplitRule = { order: ["last"] };
const ENDS: ReadonlySet<string> = new Set(["end", "too new", "too old"]);
/** The second string is one of few words, and the first often has blanks (`APM State`). */
const END_REASON: SplitRule = { order: ["last"], prefers: ([, reason = ""]) => ENDS.has(reason) };

const SPLIT_RULES: ReadonlyMap<string, SplitRule> = new Map<string, SplitRule>([
  ["vmstate_load_state_end", END_REASON],
  ["get_qtailq_end", END_REASON],
  ["put_qtailq_end", END_REASON],
  // Fields are C paths, so the separator's last place counts.
  ["vmstate_load_state_field", LAST],
  ["vmstate_field_exists", LAST],
  ["vmstate_save_state_loop", LAST],
  ["postcopy_request_shared_page", LAST],
  ["postcopy_request_shared_page_present", LAST],
  ["vmstate_subsection_load_bad", { order: ["first", "last"] }],
  ["vmstate_subsection_save_loop", {
    order: ["first"],
    prefers: ([name = "", subsection = ""]) => subsection.startsWith(`${name}/`),
  }],
  ["vmstate_save", FIRST],
  ["vmstate_load", FIRST],
]);

/** The rule of an event, by its name. */
export function splitRuleOf(event: string): SplitRule {
  return SPLIT_RULES.get(event) ?? DEFAULT_RULE;
}
