/**
 * Statements of the facts that no rule implements, each with the reason.
 *
 * @module
 */

/** How many statements each list of the facts has. */
export const FACT_LISTS = [
  { prefix: "precopy R", count: 113, title: "Ordering rules of precopy (facts/precopy.md, section 11)" },
  { prefix: "precopy I", count: 22, title: "Invariants of query-migrate (facts/precopy.md, section 3.4)" },
  {
    prefix: "postcopy R",
    count: 98,
    title: "Ordering rules of postcopy, COLO and CPR (facts/postcopy-colo-cpr.md, section 11)",
  },
] as const;

/** Why a statement has no rule. */
export const NOT_IMPLEMENTED: Readonly<Record<string, string>> = {
  "precopy R51":
    "MIGRATION_PASS is a QMP event: it is neither in a trace nor in a query-migrate reply, and the run's facts do not carry events",
  "precopy I8":
    "holds in 8.1.x alone, of which no catalog comes with the project: a rule could not be tested",
  "precopy I9":
    "says what may differ between two counters read one after the other, not what must agree; precopy I22 has the exact sum",
  "postcopy R19":
    "a migration_cancel at the process's exit cannot be told from one of the operator by the trace alone, so any number is right",
  "postcopy R80":
    "speaks of the hybrid COLO proposal, which no released version has: its tracepoints are in no catalog",
  "postcopy R92":
    "pairs rounds of RDMA messages across sides by position within a run; no recording has them and the count of messages in a round is not traced on the source",
};
