/**
 * Where the downtime goes: checkpoints and device states of both sides, in the order of their time.
 *
 * @see QEMU migration/savevm.c, vmstate_downtime_save and vmstate_downtime_load: each carries the time that the device
 * took, in microseconds, and is traced when it is done
 * @module
 */

/** Devices of one side that are kept; past it they are counted. */
const DEVICES_MAX = 1024;
const CHECKPOINTS_MAX = 64;

/** A stretch of the downtime. Microseconds on the page's clock. */
export interface DowntimeStep {
  /** `guest` for the time that it stands still, `checkpoint` for what lies between two checkpoints, `device`. */
  readonly kind: "guest" | "checkpoint" | "device";
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** Line of the event that ended it, from 1. */
  readonly line: number;
}

/** One side's share. */
export interface SideDowntime {
  readonly steps: readonly DowntimeStep[];
  /** Devices past the bound. */
  readonly leftOut: number;
}

/** Collects one side's checkpoints and devices; those of the last migration stay. */
export class DowntimeRecorder {
  #steps: DowntimeStep[] = [];
  #checkpoints: { label: string; at: number; line: number }[] = [];
  #devices = 0;

  /** A migration begins: what an earlier one left is gone. */
  begin(): void {
    this.#steps = [];
    this.#checkpoints = [];
    this.#devices = 0;
  }

  checkpoint(label: string, at: number, line: number): void {
    if (this.#checkpoints.length < CHECKPOINTS_MAX) this.#checkpoints.push({ label, at, line });
  }

  /** @param took Microseconds. */
  device(label: string, took: number, at: number, line: number): void {
    if (++this.#devices > DEVICES_MAX) return;
    this.#steps.push({ kind: "device", label, from: at - Math.max(0, took), to: at, line });
  }

  finish(origin: number): SideDowntime {
    const between = this.#checkpoints.slice(1).map(({ label, at, line }, index): DowntimeStep => {
      const before = this.#checkpoints[index];
      return {
        kind: "checkpoint",
        label: `${before?.label ?? ""} → ${label}`,
        from: before?.at ?? at,
        to: at,
        line,
      };
    });
    const first = this.#checkpoints[0];
    if (between.length === 0 && first !== undefined) {
      between.push({
        kind: "checkpoint",
        label: first.label,
        from: first.at,
        to: first.at,
        line: first.line,
      });
    }
    // Device loads of the setup and the iterations are no downtime; the first checkpoint is where it begins.
    const steps = [...between, ...this.#steps].map((step) => ({
      ...step,
      from: step.from - origin,
      to: step.to - origin,
    }));
    steps.sort((a, b) => a.from - b.from || b.to - a.to);
    return { steps, leftOut: Math.max(0, this.#devices - DEVICES_MAX) };
  }
}
