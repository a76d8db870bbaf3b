/**
 * Reads JSON into a tree whose every node knows its place.
 *
 * Plain JSON only: comments, trailing commas, doubled keys and nesting past {@linkcode JSON_DEPTH_MAX} are errors.
 *
 * @module
 */
import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { err, ok, type Result } from "../base/mod.ts";

/** Deepest nesting that is read; a scenario needs six levels, and a bound keeps a hostile file from the stack. */
export const JSON_DEPTH_MAX = 64;

/** Why a text is not JSON that can be read, and the offset of the character where that shows. */
export interface JsonError {
  readonly offset: number;
  readonly reason: string;
}

const REASONS: Readonly<Record<string, string>> = {
  InvalidSymbol: "This is no JSON value",
  InvalidNumberFormat: "This is no JSON number",
  PropertyNameExpected: "A key in double quotes must stand here",
  ValueExpected: "A value must stand here",
  ColonExpected: "A colon must stand here",
  CommaExpected: "A comma must stand here",
  CloseBraceExpected: "A closing brace must stand here",
  CloseBracketExpected: "A closing bracket must stand here",
  EndOfFileExpected: "Nothing may follow the JSON document",
  InvalidCommentToken: "Comments are not JSON",
  UnexpectedEndOfComment: "Comments are not JSON",
  UnexpectedEndOfString: "The string does not end on its line",
  UnexpectedEndOfNumber: "The number is cut off",
  InvalidUnicode: "This is no \\u escape with four hexadecimal digits",
  InvalidEscapeCharacter: "JSON has no such escape in a string",
  InvalidCharacter: "Control characters must be escaped in a string",
};

/** Reads a JSON document; of several errors the first, since the others mostly follow from it. */
export function readJson(text: string): Result<Node, JsonError> {
  const tooDeep = findTooDeep(text);
  if (tooDeep !== -1) {
    return err({ offset: tooDeep, reason: `JSON is read to a depth of ${JSON_DEPTH_MAX} levels` });
  }
  if (text.trim() === "") return err({ offset: 0, reason: "The file is empty" });
  const errors: ParseError[] = [];
  const options = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };
  const tree = parseTree(text, errors, options);
  const [first] = errors.sort((a, b) => a.offset - b.offset);
  if (first !== undefined) {
    return err({
      offset: first.offset,
      reason: REASONS[printParseErrorCode(first.error)] ?? "This is not JSON",
    });
  }
  if (tree === undefined) return err({ offset: 0, reason: "The file holds no JSON value" });
  const doubled = findDoubledKey(tree);
  if (doubled !== undefined) {
    return err({ offset: doubled.offset, reason: `The key "${doubled.value}" stands here a second time` });
  }
  return ok(tree);
}

/** The value of a tree. Every key becomes an own property, `__proto__` too. */
export function jsonValue(node: Node): unknown {
  if (node.type === "array") return (node.children ?? []).map(jsonValue);
  if (node.type !== "object") return node.value;
  return Object.fromEntries(
    propertiesOf(node).map(([key, value]) => [key.value as string, jsonValue(value)]),
  );
}

/** Keys and values of an object's node, in the order of the text. */
export function propertiesOf(node: Node): [key: Node, value: Node][] {
  const pairs: [Node, Node][] = [];
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? [];
    if (key !== undefined && value !== undefined) pairs.push([key, value]);
  }
  return pairs;
}

/**
 * The value of a document in which nothing is wrong, without a tree: several times as fast.
 *
 * @returns Undefined when something may be wrong, which {@linkcode readJson} then finds with its place.
 */
export function quickJson(text: string): unknown {
  const { tooDeep, keys } = scan(text);
  if (tooDeep !== -1) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    // Of doubled keys the last would silently win.
    return countKeys(value) === keys ? value : undefined;
  } catch {
    return undefined;
  }
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const one of value) count += countKeys(one);
    return count;
  }
  for (const one of Object.values(value)) count += 1 + countKeys(one);
  return count;
}

function findTooDeep(text: string): number {
  return scan(text).tooDeep;
}

const [QUOTE, BACKSLASH, NEWLINE, COLON] = [0x22, 0x5c, 0x0a, 0x3a];

/** The offset at which the nesting gets too deep, -1 if nowhere; and how many keys there are in what is JSON. */
function scan(text: string): { tooDeep: number; keys: number } {
  let [depth, keys] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      for (at++; at < text.length; at++) {
        const inside = text.charCodeAt(at);
        if (inside === QUOTE || inside === NEWLINE) break;
        if (inside === BACKSLASH) at++;
      }
    } else if (char === COLON) keys++;
    // Braces and brackets differ in one bit.
    else if ((char | 0x20) === 0x7b) {
      if (++depth > JSON_DEPTH_MAX) return { tooDeep: at, keys };
    } else if ((char | 0x20) === 0x7d) depth--;
  }
  return { tooDeep: -1, keys };
}

function findDoubledKey(node: Node): Node | undefined {
  if (node.type === "object") {
    const seen = new Set<string>();
    for (const [key] of propertiesOf(node)) {
      if (seen.has(key.value as string)) return key;
      seen.add(key.value as string);
    }
  }
  for (const child of node.children ?? []) {
    const doubled = findDoubledKey(child);
    if (doubled !== undefined) return doubled;
  }
  return undefined;
}
