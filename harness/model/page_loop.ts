/**
 * Which page loop a migration has: into the stream, into channels, or each page to its place in a file.
 *
 * @module
 */
import type { Thread } from "./kernel.ts";
import { type PageLoop, RamSender } from "./ram_save.ts";
import { MappedRamSender } from "./ram_save_mapped.ts";
import { MultifdRamSender } from "./ram_save_multifd.ts";
import type { Outgoing, Source } from "./source.ts";
import { syncsEachSection, zeroPageDetection } from "./machine_type.ts";

/** Makes the page loop of a migration thread. */
export function makePageLoop(
  thread: Thread,
  { guest, scenario, profile, perPage }: Source,
  { migration: { ram, stats, xbzrle }, stream, channel, multifd }: Outgoing,
): PageLoop {
  const detection = zeroPageDetection(scenario, profile);
  if (multifd !== null) {
    return new MultifdRamSender({
      ram,
      guest,
      thread,
      stream,
      channel,
      stats,
      multifd,
      detectsZero: detection === "legacy",
      tracesAll: scenario.traces_every_event,
      writesZero: !multifd.shared.isFile,
      syncsRounds: !syncsEachSection(scenario),
      handsOverFull: !profile.batchWaitsForNextPage,
    });
  }
  const detectsZero = detection !== "none";
  const tracesAll = scenario.traces_every_event;
  if (scenario.capabilities["mapped-ram"] === true) {
    return new MappedRamSender({ ram, guest, thread, stream, channel, stats, detectsZero });
  }
  return new RamSender(ram, guest, thread, stream, channel, stats, perPage, xbzrle, detectsZero, tracesAll);
}
