/**
 * The catalog that reads the traces of a QEMU version.
 *
 * @module
 */
import { type Catalog, CATALOG_NAMES, type CatalogName, catalogOf } from "../trace/mod.ts";
import { versionOrder } from "./version.ts";

/** The catalog of a version: its own, or that of the nearest version before it; the newest when it is not known. */
export function catalogFor(version: string): Catalog {
  const exact = CATALOG_NAMES.find((name) => name === version);
  if (exact !== undefined) return catalogOf(exact);
  const order = versionOrder(version);
  let best: CatalogName | undefined;
  for (const name of CATALOG_NAMES) {
    const own = versionOrder(name);
    if (own > order || Number.isNaN(own)) continue;
    if (best === undefined || own >= versionOrder(best)) best = name;
  }
  return catalogOf(best ?? "11.1");
}
