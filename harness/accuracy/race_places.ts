/**
 * Where threads race: events of which QEMU does not say which comes first. Named once, with the reason.
 *
 * The events of a place are taken out of the side's sequence and compared as a sequence of their own.
 *
 * @module
 */

/** One place. */
export interface RacePlace {
  readonly side: "source" | "destination";
  readonly id: string;
  readonly events: readonly string[];
  readonly reason: string;
}

/** All places. */
export const RACE_PLACES: readonly RacePlace[] = [
  {
    side: "source",
    id: "return-path",
    events: [
      "source_return_path_thread_entry",
      "source_return_path_thread_loop_top",
      "source_return_path_thread_pong",
      "source_return_path_thread_switchover_acked",
      "source_return_path_thread_shut",
      "source_return_path_thread_bad_end",
      "source_return_path_thread_end",
      "open_return_path_on_source",
      "open_return_path_on_source_continue",
    ],
    reason: "The return path thread reads what the destination says, whenever it says it",
  },
];

/** One side's sequence: without the races, and those of each place. */
export interface Lanes {
  readonly main: readonly string[];
  readonly places: ReadonlyMap<string, readonly string[]>;
}

/** Takes the races of a side out of its sequence. */
export function splitRaces(side: RacePlace["side"], names: readonly string[]): Lanes {
  const placeOf = new Map<string, string>();
  for (const { id, events } of RACE_PLACES.filter((place) => place.side === side)) {
    for (const event of events) placeOf.set(event, id);
  }
  const main: string[] = [];
  const places = new Map<string, string[]>();
  for (const name of names) {
    const place = placeOf.get(name);
    if (place === undefined) main.push(name);
    else places.set(place, [...places.get(place) ?? [], name]);
  }
  return { main, places };
}
