/**
 * What tracetool, QEMU's own reader of `trace-events` files, accepts: it changed over the versions.
 *
 * @see facts/tracing.md a.3 and a.5 for each condition and since when it holds
 * @module
 */

/** The conditions of one version's tracetool. */
export interface TracetoolRules {
  /** Every line must end with a newline (since 4.0). */
  readonly needsFinalNewline: boolean;
  /** The characters `%m` may not stand in a format, not even as `%%m` (since 4.0). */
  readonly forbidsErrno: boolean;
  /** Where `\n` may not stand in a format: at its end since 4.2, anywhere since 9.1. */
  readonly forbidsNewline: "nowhere" | "at the end" | "anywhere";
  /** Types must be of a list (since 2.12), to which these were added. */
  readonly types: ReadonlySet<string> | undefined;
  /** Most arguments (since 2.10). */
  readonly argumentsMax: number;
  /** `vcpu`: not known, known without effect (9.1 to 10.0), or printing `cpu=%p ` in front (2.6 to 9.0). */
  readonly vcpu: "unknown" | "ignored" | "printed";
  /** `tcg`: one declaration with two formats (2.2 to 6.2). */
  readonly tcg: boolean;
  /** A comma before a quote parts a format in two, also within its text (2.2 to 10.1); only `tcg` may have two. */
  readonly partsAtComma: boolean;
}

const TYPES =
  ("int long short char bool unsigned signed int8_t uint8_t int16_t uint16_t int32_t uint32_t int64_t " +
    "uint64_t void size_t ssize_t uintptr_t ptrdiff_t").split(" ");
const WITH_TCG = [...TYPES, "TCGv"];
const WITH_DOUBLE = [...WITH_TCG, "float", "double"];

/**
 * What some version accepts: for reading files of unknown age. `vcpu` is taken as without effect, as in the last
 * versions that knew it.
 */
export const ANY_TRACETOOL: TracetoolRules = {
  needsFinalNewline: false,
  forbidsErrno: true,
  forbidsNewline: "nowhere",
  types: new Set(WITH_DOUBLE),
  argumentsMax: 10,
  vcpu: "ignored",
  tcg: true,
  partsAtComma: false,
};

/** The rules of a QEMU version such as `9.1`; those of the newest for a number beyond it. */
export function tracetoolOf(version: string): TracetoolRules {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  const since = (otherMajor: number, otherMinor: number) =>
    major > otherMajor || (major === otherMajor && minor >= otherMinor);
  return {
    needsFinalNewline: since(4, 0),
    forbidsErrno: since(4, 0),
    forbidsNewline: since(9, 1) ? "anywhere" : since(4, 2) ? "at the end" : "nowhere",
    types: since(7, 0)
      ? new Set(TYPES)
      : since(3, 0)
      ? new Set(WITH_TCG)
      : since(2, 12)
      ? new Set(WITH_DOUBLE)
      : undefined,
    argumentsMax: since(2, 10) ? 10 : Infinity,
    vcpu: since(10, 1) ? "unknown" : since(9, 1) ? "ignored" : since(2, 6) ? "printed" : "unknown",
    tcg: since(2, 2) && !since(7, 0),
    partsAtComma: since(2, 2) && !since(10, 2),
  };
}
