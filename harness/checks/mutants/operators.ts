/**
 * Mutation operators: each breaks a promise that QEMU keeps.
 *
 * @module
 */
import { DESTINATION_OPERATORS } from "./destination_operators.ts";
import { KINDS_OPERATORS, REPLIES_OPERATORS } from "./kind_operators.ts";
import type { Operator } from "./operator.ts";
import { SOURCE_OPERATORS } from "./source_operators.ts";

/** Every operator. */
export const OPERATORS: readonly Operator[] = [
  ...SOURCE_OPERATORS,
  ...DESTINATION_OPERATORS,
  ...KINDS_OPERATORS,
  ...REPLIES_OPERATORS,
];
