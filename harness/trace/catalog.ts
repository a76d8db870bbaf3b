/**
 * A catalog: the events that one QEMU version can trace, by name.
 *
 * @module
 */
import type { Declaration } from "./declaration.ts";
import { parseDeclarations } from "./parse_declarations.ts";

/** The events of one QEMU version. Where a name is declared twice, the last declaration holds. */
export class Catalog {
  /** What the catalog is called: a version such as `10.0`, or a file's name. */
  readonly name: string;
  readonly declarations: readonly Declaration[];
  readonly #byName = new Map<string, Declaration>();

  constructor(name: string, declarations: readonly Declaration[]) {
    this.name = name;
    this.declarations = declarations;
    for (const declaration of declarations) this.#byName.set(declaration.name, declaration);
  }

  get(name: string): Declaration | undefined {
    return this.#byName.get(name);
  }

  /** @throws {Error} If the catalog lacks the event. */
  expect(name: string): Declaration {
    const declaration = this.#byName.get(name);
    if (declaration === undefined) throw new Error(`The catalog ${this.name} has no event ${name}`);
    return declaration;
  }
}

/**
 * Makes a catalog of a text that is known to be good, such as the project's own catalog files.
 *
 * @throws {Error} If a line is refused.
 */
export function catalogFrom(name: string, text: string): Catalog {
  const { declarations, errors } = parseDeclarations(text);
  const [first] = errors;
  if (first !== undefined) throw new Error(`Catalog ${name}, line ${first.at.line}: ${first.reason}`);
  return new Catalog(name, declarations);
}
