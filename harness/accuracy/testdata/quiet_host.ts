/**
 * What a recording shows of a host that disturbed nothing.
 *
 * @module
 */
import type { HostTimes } from "../observe_host.ts";

export const QUIET_HOST: HostTimes = {
  sectionMicros: 0,
  lastStageMicros: null,
  decidedPages: 0,
  unsentPages: 0,
  otherDowntimeMicros: null,
  throttledAfterMicros: null,
  throttleSteps: [],
  syncsBeforeThreshold: 0,
  ringStuckAfterMicros: null,
  laterCycles: [],
  cycleEnds: [],
  margins: [],
  edges: 0,
  cutSections: 0,
  stoppedInFirstPass: null,
};
