/**
 * Versions of recordings, and the profiles that stand for them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { versionOf } from "./recorded_version.ts";

Deno.test("versionOf gives each version its profile or the nearest one, and its own catalog", () => {
  const table: [qemu: string, version: string | undefined, profile?: string, catalog?: string][] = [
    ["10.0.2 (Debian 1:10.0.2+ds-2)", "10.0", "10.0", "10.0"],
    ["11.1.3", "11.1", "11.1", "11.1"],
    ["10.1.0", "10.1", "11.0-dev", "10.1"],
    ["10.2.2", "10.2", "11.0-dev", "10.2"],
    ["11.0.1", "11.0", "11.0-dev", "11.0-dev"],
    ["8.2.0", "8.2", "8.2-dev", "8.2"],
    ["11.2.0", "11.2", "11.1", "11.1"],
    ["12.0.50 (v12.0.0-1)", "12.0", "11.1", "11.1"],
    ["7.2.22", undefined],
    ["9.1.0", "9.1", "10.0", "9.2"],
    ["9.2.4", "9.2", "10.0", "9.2"],
    ["8.1.0", undefined],
    ["1.10.0", undefined],
    ["unknown", undefined],
  ];
  for (const [qemu, version, profile, catalog] of table) {
    const found = versionOf(qemu);
    assertEquals([found?.version, found?.profile, found?.catalog], [version, profile, catalog], qemu);
  }
});
