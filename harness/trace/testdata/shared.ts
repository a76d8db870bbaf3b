/**
 * Files that lie beside a checkout, in `../shared`, where there are any: a test that needs them is skipped, by name,
 * where there are none.
 *
 * @module
 */

/** A test that needs something of `../shared`: where that is, and what makes the test one that is skipped. */
export interface Needed {
  readonly at: URL;
  readonly ignore: boolean;
  /** What stands behind the test's name. */
  readonly skipped: string;
}

/** @param path Of a file or a folder, which ends in `/`. */
export function needsShared(path: string): Needed {
  const at = new URL(`../../../../shared/${path}`, import.meta.url);
  const isThere = exists(at);
  return { at, ignore: !isThere, skipped: isThere ? "" : " (skipped: ../shared is missing)" };
}

function exists(url: URL): boolean {
  try {
    const { isDirectory } = Deno.statSync(url);
    return isDirectory === url.pathname.endsWith("/");
  } catch {
    return false;
  }
}
