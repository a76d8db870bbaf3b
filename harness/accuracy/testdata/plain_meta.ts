/**
 * The `meta.json` of a recording of which nothing is special.
 *
 * @module
 */
export const PLAIN_META = {
  case: "x",
  qemu: "10.0.2",
  accel: "tcg",
  machine: "pc",
  ram_mib: 64,
  vcpus: 1,
  devices: [],
  src_devices: [],
  dst_devices: [],
  workload: null,
  events: "default",
  more_events: [],
  transport: "unix",
  relay_rate: null,
  capabilities: { src: [], dst: [] },
};
