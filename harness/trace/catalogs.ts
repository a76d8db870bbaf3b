/**
 * The catalogs that come with the project: those of the model's profiles, and those of other versions whose traces
 * people have.
 *
 * @module
 */
import { type Catalog, catalogFrom } from "./catalog.ts";
import { CATALOG_TEXTS } from "./catalogs/mod.ts";

/** The name of a catalog that comes with the project. */
export type CatalogName = keyof typeof CATALOG_TEXTS;

/** All of them, oldest first. */
export const CATALOG_NAMES = Object.keys(CATALOG_TEXTS) as readonly CatalogName[];

const made = new Map<CatalogName, Catalog>();

/** A catalog that comes with the project. Parsed once, at first use. */
export function catalogOf(name: CatalogName): Catalog {
  const known = made.get(name);
  if (known !== undefined) return known;
  const catalog = catalogFrom(name, CATALOG_TEXTS[name]);
  made.set(name, catalog);
  return catalog;
}
