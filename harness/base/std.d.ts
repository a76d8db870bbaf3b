/**
 * Types of the `@std` modules that this project imports.
 *
 * The npm package `deno-std` carries the modules as JavaScript without types; the import map in `deno.json`
 * points at it because not every machine reaches JSR. Whoever prefers JSR changes the import map and drops this
 * file. Only what the project uses is declared.
 *
 * @module
 */

declare module "@std/assert" {
  export class AssertionError extends Error {
    constructor(message: string, options?: ErrorOptions);
  }
  // deno-lint-ignore no-explicit-any
  type AnyConstructor = new (...args: any[]) => any;
  // deno-lint-ignore no-explicit-any
  type AbstractConstructor = abstract new (...args: any[]) => any;
  export function assert(expr: unknown, msg?: string): asserts expr;
  export function assertFalse(expr: unknown, msg?: string): asserts expr is false;
  export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T>;
  export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T;
  export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertAlmostEquals(
    actual: number,
    expected: number,
    tolerance?: number,
    msg?: string,
  ): void;
  export function assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, msg?: string): void;
  export function assertStringIncludes(actual: string, expected: string, msg?: string): void;
  export function assertMatch(actual: string, expected: RegExp, msg?: string): void;
  export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void;
  export function assertGreater<T>(actual: T, expected: T, msg?: string): void;
  export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void;
  export function assertLess<T>(actual: T, expected: T, msg?: string): void;
  export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void;
  export function assertObjectMatch(
    actual: Record<PropertyKey, unknown>,
    expected: Record<PropertyKey, unknown>,
    msg?: string,
  ): void;
  export function assertInstanceOf<T extends AbstractConstructor>(
    actual: unknown,
    expectedType: T,
    msg?: string,
  ): asserts actual is InstanceType<T>;
  export function assertIsError<E extends Error = Error>(
    error: unknown,
    errorClass?: new (...args: never[]) => E,
    msgMatches?: string | RegExp,
    msg?: string,
  ): asserts error is E;
  export function assertThrows(fn: () => unknown, msg?: string): unknown;
  export function assertThrows<E extends Error = Error>(
    fn: () => unknown,
    errorClass: AnyConstructor & (new (...args: never[]) => E),
    msgIncludes?: string,
    msg?: string,
  ): E;
  export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
  export function assertRejects<E extends Error = Error>(
    fn: () => PromiseLike<unknown>,
    errorClass: AnyConstructor & (new (...args: never[]) => E),
    msgIncludes?: string,
    msg?: string,
  ): Promise<E>;
  export function fail(msg?: string): never;
  export function unreachable(msg?: string): never;
}

declare module "@std/testing/snapshot" {
  export interface SnapshotOptions<T = unknown> {
    dir?: string;
    path?: string;
    mode?: "assert" | "update";
    msg?: string;
    name?: string;
    serializer?: (actual: T) => string;
  }
  export function assertSnapshot<T>(
    context: Deno.TestContext,
    actual: T,
    options?: string | SnapshotOptions<T>,
  ): Promise<void>;
}

declare module "@std/testing/mock" {
  export interface SpyCall<Args extends unknown[] = unknown[], Return = unknown> {
    args: Args;
    returned?: Return;
    error?: Error;
  }
  export interface Spy<Args extends unknown[] = unknown[], Return = unknown> {
    (...args: Args): Return;
    calls: SpyCall<Args, Return>[];
    restore(): void;
  }
  export function spy<Args extends unknown[] = unknown[], Return = unknown>(
    func?: (...args: Args) => Return,
  ): Spy<Args, Return>;
  export function assertSpyCalls(spy: Spy<never[], unknown>, expectedCalls: number): void;
}

declare module "@std/cli/parse-args" {
  export interface ParseOptions {
    "--"?: boolean;
    alias?: Record<string, string | string[]>;
    boolean?: boolean | string | string[];
    default?: Record<string, unknown>;
    stopEarly?: boolean;
    string?: string | string[];
    collect?: string | string[];
    negatable?: string | string[];
    unknown?: (arg: string, key?: string, value?: unknown) => unknown;
  }
  export interface ParsedArgs {
    _: (string | number)[];
    "--"?: string[];
    // deno-lint-ignore no-explicit-any
    [name: string]: any;
  }
  export function parseArgs(args: readonly string[], options?: ParseOptions): ParsedArgs;
}

declare module "@std/text/closest-string" {
  export function closestString(
    givenWord: string,
    possibleWords: readonly string[],
    options?: { caseSensitive?: boolean; compareFn?: (a: string, b: string) => number },
  ): string;
}

declare module "@std/text/levenshtein-distance" {
  export function levenshteinDistance(a: string, b: string): number;
}

declare module "@std/yaml" {
  export function parse(content: string): unknown;
}
