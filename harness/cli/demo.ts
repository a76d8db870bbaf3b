/**
 * The demo: a migration that converges, one that does not, and a real QEMU's trace judged by the same checks.
 *
 * @module
 */
import { dispatch } from "./dispatch.ts";
import { COMMANDS } from "./commands.ts";
import { processIo } from "./main.ts";

const STEPS: readonly (readonly [heading: string, args: readonly string[]])[] = [
  ["A migration that converges, simulated", ["run", "scenarios/converging_sweep.json"]],
  ["One that never does, and what would have helped", ["run", "scenarios/dirty_rate_beats_link.json"]],
  ["A real QEMU 10.0, recorded, judged by the same checks", ["check", "recordings/precopy-bw64-dr31"]],
  ["A real QEMU with a defect: cancelled in the device phase, both guests run", [
    "check",
    "recordings/cancel-device",
  ]],
];

if (import.meta.main) {
  const io = processIo();
  for (const [heading, args] of STEPS) {
    io.out(`\n## ${heading}\n$ deno task switchover ${args.join(" ")}\n\n`);
    const code = await dispatch(COMMANDS, args, io);
    io.out(`\n(exit code ${code})\n`);
    if (code !== 0 && code !== 1) Deno.exit(code);
  }
}
