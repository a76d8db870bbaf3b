/**
 * Whether to write colours, as the environment asks for it: https://no-color.org and https://force-color.org, and the
 * older CLICOLOR.
 *
 * @module
 */

/**
 * Whether what is written to a stream may have colours.
 *
 * `NO_COLOR` beats everything. `FORCE_COLOR` or `CLICOLOR_FORCE` asks for colours that nobody seems to look at, as build
 * servers show them; 0 and `false` are no request.
 *
 * @param get A variable of the environment; undefined when it is not set.
 */
export function usesColour(get: (name: string) => string | undefined, isTerminal: boolean): boolean {
  const valueOf = (name: string) => get(name) ?? "";
  const forced = ["FORCE_COLOR", "CLICOLOR_FORCE"].map(valueOf).find((value) => value !== "");
  if (valueOf("NO_COLOR") !== "") return false;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isTerminal && valueOf("TERM") !== "dumb" && valueOf("CLICOLOR") !== "0";
}
