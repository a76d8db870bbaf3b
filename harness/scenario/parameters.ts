/**
 * Capabilities and parameters of a migration: names, defaults and legal values, version by version.
 *
 * @see facts/precopy.md section 10 (QEMU migration/options.c) and facts/qemu-11.1.md section 11
 * @module
 */
import { PROFILE_NAMES, type ProfileName } from "./schema.ts";

/** The profiles that know a name; absent ends are open. */
interface Span {
  readonly since?: ProfileName;
  readonly until?: ProfileName;
}

/** What a parameter may be. */
export type ParameterRule =
  & Span
  & (
    | { readonly kind: "integer"; readonly default: number; readonly min: number; readonly max: number }
    | { readonly kind: "boolean"; readonly default: boolean }
    | { readonly kind: "choice"; readonly default: string; readonly choices: readonly string[] }
    | { readonly kind: "text"; readonly default: string }
    | { readonly kind: "power-of-two"; readonly default: number; readonly min: number }
  );

/** Sizes go to SIZE_MAX in QEMU; here to the largest integer that a JSON number holds exactly. */
const SIZE_MAX = Number.MAX_SAFE_INTEGER;
const integer = (initial: number, min: number, max: number) =>
  ({ kind: "integer", default: initial, min, max }) as const;

/** Every parameter, by QEMU's name. */
export const PARAMETERS: Readonly<Record<string, ParameterRule>> = {
  "max-bandwidth": integer(134217728, 0, SIZE_MAX),
  "avail-switchover-bandwidth": integer(0, 0, SIZE_MAX),
  "downtime-limit": integer(300, 0, 2_000_000),
  "max-postcopy-bandwidth": integer(0, 0, SIZE_MAX),
  "throttle-trigger-threshold": integer(50, 1, 100),
  "cpu-throttle-initial": integer(20, 1, 99),
  "cpu-throttle-increment": integer(10, 1, 99),
  "cpu-throttle-tailslow": { kind: "boolean", default: false },
  "max-cpu-throttle": integer(99, 1, 99),
  "vcpu-dirty-limit": integer(1, 1, SIZE_MAX),
  "x-vcpu-dirty-limit-period": integer(1000, 1, 1000),
  "xbzrle-cache-size": { kind: "power-of-two", default: 67108864, min: 4096 },
  "multifd-channels": integer(2, 1, 255),
  "multifd-compression": {
    kind: "choice",
    default: "none",
    choices: ["none", "zlib", "zstd", "qpl", "uadk", "qatzip"],
  },
  "multifd-zlib-level": integer(1, 0, 9),
  "multifd-zstd-level": integer(1, 0, 20),
  "multifd-qatzip-level": { ...integer(1, 1, 9), since: "10.0" },
  "zero-page-detection": {
    kind: "choice",
    default: "multifd",
    choices: ["none", "legacy", "multifd"],
    since: "10.0",
  },
  "announce-initial": integer(50, 0, 100_000),
  "announce-max": integer(550, 0, 100_000),
  "announce-rounds": integer(5, 0, 1000),
  "announce-step": integer(100, 1, 10_000),
  "x-checkpoint-delay": integer(20_000, 0, SIZE_MAX),
  "mode": {
    kind: "choice",
    default: "normal",
    choices: ["normal", "cpr-reboot", "cpr-transfer", "cpr-exec"],
    since: "10.0",
  },
  "direct-io": { kind: "boolean", default: false, since: "10.0" },
  "tls-creds": { kind: "text", default: "" },
  "tls-hostname": { kind: "text", default: "" },
  "tls-authz": { kind: "text", default: "" },
};

/** Every capability, by QEMU's name; all are off unless set. */
export const CAPABILITIES: Readonly<Record<string, Span>> = {
  "xbzrle": {},
  "rdma-pin-all": {},
  "auto-converge": {},
  "zero-blocks": { until: "11.0-dev" },
  "compress": { until: "8.2-dev" },
  "block": { until: "8.2-dev" },
  "events": {},
  "postcopy-ram": {},
  "x-colo": {},
  "release-ram": {},
  "return-path": {},
  "pause-before-switchover": {},
  "multifd": {},
  "dirty-bitmaps": {},
  "postcopy-blocktime": {},
  "late-block-activate": {},
  "x-ignore-shared": {},
  "validate-uuid": {},
  "background-snapshot": {},
  "zero-copy-send": {},
  "postcopy-preempt": {},
  "switchover-ack": {},
  "dirty-limit": {},
  "mapped-ram": { since: "10.0" },
};

/** Whether a profile knows a capability or parameter. */
export function isKnownIn({ since, until }: Span, profile: ProfileName): boolean {
  const at = PROFILE_NAMES.indexOf(profile);
  return (since === undefined || at >= PROFILE_NAMES.indexOf(since)) &&
    (until === undefined || at <= PROFILE_NAMES.indexOf(until));
}

/** What a parameter must be, in words that follow "must be". */
export function describeRule(rule: ParameterRule): string {
  switch (rule.kind) {
    case "integer":
      return rule.max === SIZE_MAX
        ? `a whole number of ${rule.min} or more`
        : `a whole number from ${rule.min} to ${rule.max}`;
    case "boolean":
      return "true or false";
    case "choice":
      return `one of ${rule.choices.join(", ")}`;
    case "text":
      return "a text";
    case "power-of-two":
      return `a power of two of ${rule.min} or more`;
  }
}

/** Whether QEMU takes this value for the parameter. */
export function isLegal(rule: ParameterRule, value: unknown): boolean {
  switch (rule.kind) {
    case "integer":
      return Number.isSafeInteger(value) && Number(value) >= rule.min && Number(value) <= rule.max;
    case "boolean":
      return typeof value === "boolean";
    case "choice":
      return typeof value === "string" && rule.choices.includes(value);
    case "text":
      return typeof value === "string";
    case "power-of-two":
      return Number.isSafeInteger(value) && Number(value) >= rule.min &&
        Number.isInteger(Math.log2(Number(value)));
  }
}

/** A combination of capabilities that QEMU refuses. */
interface Refusal {
  /** Both on: refused. */
  readonly all: readonly string[];
  /** … unless this one is on too. */
  readonly without?: string;
  readonly until?: ProfileName;
  readonly since?: ProfileName;
}

/** Refused combinations. What depends on the host (TLS, the dirty ring) is not judged here. */
export const REFUSALS: readonly Refusal[] = [
  { all: ["multifd", "xbzrle"] },
  { all: ["mapped-ram", "xbzrle"] },
  { all: ["mapped-ram", "postcopy-ram"] },
  { all: ["multifd", "postcopy-ram"], until: "10.0" },
  { all: ["zero-copy-send"], without: "multifd" },
  { all: ["switchover-ack"], without: "return-path" },
  { all: ["dirty-limit", "auto-converge"] },
  { all: ["postcopy-preempt"], without: "postcopy-ram" },
  { all: ["postcopy-ram", "x-ignore-shared"] },
  { all: ["x-colo"], without: "return-path", since: "11.1" },
];

/** Whether a refusal holds in a profile. */
export function holdsIn(refusal: Refusal, profile: ProfileName): boolean {
  return isKnownIn(refusal, profile);
}
