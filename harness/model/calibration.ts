/**
 * Physics that a model cannot know: what steps cost on the machine that was measured.
 *
 * One table for every run; no case has constants of its own. Times are microseconds of virtual time. Each figure is a
 * median over the recordings of 10.0.2 unless its source says otherwise.
 *
 * @module
 */

/** Costs in microseconds. */
export const COSTS = {
  /** Between two tracepoints of one thread with nothing of note between them (neighbouring lines of all recordings). */
  step: 1.5,
  /** `migrate` to the state setup (precopy-bw64-dr31: command received to the first line). */
  command: 430,
  /** State setup to the saved CPR state, and from there to a connected unix socket (precopy-bw64-dr31). */
  cprState: 138,
  connectUnix: 337,
  /** The same for tcp on one machine (tcp-return-path). */
  connectTcp: 966,
  /** The start of an exec transport's command, and the opening of a file (exec-fifo, file-plain). */
  connectExec: 4140,
  openFile: 105,
  /** What a byte takes on its way into the page cache (file-plain, file-stopped-vm of both versions: 1.1 to 2 us a page). */
  fileByte: 0.0001,
  /**
   * What a byte takes on its way through a pipe, and through two commands and their pipes, besides: pages that are
   * received again (fd-pipe and exec-fifo of both versions: 2.1 to 3.8 and 3.8 to 4.3 us a page; 1.4 by a socket).
   */
  pipeByte: 0.00027,
  execByte: 0.00062,
  /** What gzip -1 takes for a page that few words are written in, and one of random bytes (exec-gzip, q111-exec-gzip). */
  gzipPlainPage: 15,
  gzipRandomPage: 83,
  /** TLS: from the connected socket to the start of the handshake, and the handshake with a pre-shared key (tls-psk). */
  tlsStart: 60,
  tlsHandshake: 1070,
  /**
   * TLS: encryption of a byte on the source, reading and loading it on the destination while the guest stands still, and
   * how many times that while a vCPU wants one of the host's two CPUs too (tls-psk, q111-tls-psk: 26 and 19 us a page
   * after the stop, 44 and 37 before it, into memory of either kind).
   */
  tlsByte: 0.005,
  tlsLoadByte: 0.0055,
  tlsBusy: 1.8,
  /** Creation of a thread to its first line. */
  threadStart: 62,
  /**
   * Allocation of the bitmaps before the first sync. KVM starts its dirty log besides, for which a vCPU has to leave the
   * guest: 4.0 to 5.9 ms in fourteen recordings whose vCPU was busy, 0.33 and 0.34 ms in the two whose vCPU slept.
   */
  ramSetupTcg: 143,
  ramSetupKvm: 4700,
  ramSetupKvmIdle: 335,
  /** The first sync: medians of 128 recordings of 10.0, at any size, and of 132 of 11.1. */
  firstSyncTcg: 330,
  firstSyncTcgNew: 137,
  /** KVM reports every page at first: 30 or 31 us for 192 and 256 MiB, 90 to 131 us for 1 GiB. */
  firstSyncKvm: 10,
  firstSyncKvmPer1000Pages: 0.32,
  /** With a dirty ring (six recordings: 67 to 116 us, and one of 876). */
  firstSyncRing: 93,
  /**
   * KVM clears its log of a page that the last sync has seen: 541 to 582 us for 65280 pages, 67 to 98 for 8194, 25 for 3560
   * (autoconverge-kvm, precopy-kvm-bw48-dr8 of both versions).
   */
  kvmClearPage: 0.009,
  /**
   * Later syncs: a part per 1000 pages of RAM, and, where TCG has found new pages, the time until its vCPUs have forgotten
   * where they may write (medians at 256 MiB: 62 us with 10.0, 68 with 11.1), less where it has found few (see also
   * ROW_ANSWER), more after the stop (128 us in both).
   */
  syncTcg: 48,
  syncTcgFew: 20,
  syncTcgStopped: 112,
  /** KVM's dirty log: 19 to 32 us at 256 MiB, 44 to 60 at 1 GiB; its ring has to be emptied: medians 91 to 128 us. */
  syncKvm: 12,
  syncRing: 95,
  syncPer1000Pages: 0.25,
  /**
   * The log read again at once (syncs in a row of nine guests under KVM: 5 to 9 us in all; under TCG the shortest of 1475
   * take 8 us at 64 MiB, of 657 at 1 GiB 11, and their medians 36 and 30).
   */
  syncWarm: 5,
  /** A ring has to be emptied all the same (12 syncs of six such guests: 27 to 99 us). */
  syncRingWarm: 60,
  /**
   * The exact answer after its sync (median of 348: 86 us); in 11.1, and from there to what comes of it: the next section
   * or the switchover (medians of 390 and of 85: 98 and 70 us), less in a row of syncs (medians of eleven runs 16 to 85 us,
   * in the median 33), and least where channels send the pages (of twelve 9 to 32 us, in the median 18).
   */
  exactAnswer: 86,
  exactAnswerNew: 4,
  exactToIterateNew: 90,
  exactToIterateRow: 33,
  exactToIterateRowMultifd: 18,
  /** Source: one page put into the stream by reference, its share of the write call included. */
  normalPage: 1.35,
  /**
   * Source: one page found to be zero (2 GiB in 97 ms, precopy-zero-2048m). While a vCPU is busy, source and destination
   * share what is left of the host's two CPUs, and their costs add (15 first passes under TCG whose memory was at hand:
   * 0.23 to 0.35 in ten of them; 62 others, less two huge pages for the firmware's tables: 0.25 in the median; 12 under
   * KVM).
   */
  zeroPage: 0.185,
  zeroPageBusyTcg: 0.25,
  zeroPageBusyKvm: 0.3,
  /** The same where the guest has written zeros: memory of its own is read (precopy-zero-touched). */
  zeroPageTouched: 0.33,
  /**
   * Where every event is traced: one event, and the fields of a byte of device state (full-precopy, full-xbzrle and
   * full-multifd-virtio of both versions: 3400 to 49000 events take 1.3 to 1.6 us each).
   */
  tracedEvent: 1.5,
  tracedStateByte: 0.44,
  /** Source, XBZRLE: a page copied into the cache and the stream, one that is encoded, and one found unchanged (xbzrle-big). */
  xbzrleMiss: 6.2,
  xbzrleEncode: 1.5,
  xbzrleSkip: 0.65,
  /** Destination: decoding into a page. */
  xbzrleDecode: 1,
  /** multifd: a page put into a batch, and a channel that is waked (multifd-unlimited: a packet of zero pages every 33 us). */
  multifdQueuePage: 0.22,
  wakeThread: 12,
  /**
   * multifd: a packet without pages, whose reader sleeps, and what else a flush takes where pages were sent without a copy
   * (rounds of q111-multifd-unlimited, -zpd-legacy and -zerocopy-tcp: 34, 66 and 70 us from the signal to the last
   * channel's answer; 103 us from the pages to the section's end with zero-copy-send, 34 and 42 without).
   */
  multifdSync: 30,
  zeroCopyFlush: 60,
  /** multifd: from one channel's signal to the next (multifd-2ch, multifd-8ch). */
  multifdSignal: 10,
  /**
   * multifd: a page sent and received. The machine of the recordings has one processor for all channels of both sides, so
   * a packet takes this time of the processor, whatever their number: 145 us for a full one, the median of the 1647
   * packets of six unlimited recordings, and as varied as MULTIFD_PACKET says.
   */
  multifdPage: 1.13,
  /** The same into a file (file-mapped-ram-multifd of both versions: 21.6 and 24.2 ms for 14,300 pages and 35,000 zero ones). */
  multifdFilePage: 1.08,
  /**
   * With zero-copy-send: the page is pinned, and copied after all by a loopback (multifd-zerocopy-tcp of both versions: 292 us
   * a packet in the mean, where the unlimited ones without it have 171).
   */
  zeroCopyPage: 0.95,
  /** The same for a page that was never touched, on either side (multifd-zpd-none: 31000 of them in 140 ms). */
  multifdUntouchedPage: 5.5,
  /** With TLS: encryption and decryption of a byte, in each channel's own time (tls-psk-multifd). */
  multifdTlsByte: 0.0097,
  /**
   * With direct-io: a page written past the page cache, and each call of one (file-mapped-ram-directio: 45 ms in all;
   * q111-file-mapped-ram-directio: 280 us for rounds of seven pages in four places, of which 150 without it).
   */
  directIoPage: 1.2,
  directIoCall: 35,
  /**
   * multifd: compression of a page that few words are written in, and of random bytes, level 1 (multifd-zlib, multifd-zstd
   * of both versions: after the first pass two channels send a packet every 628 and 88 us).
   */
  zlibPlainPage: 9.8,
  zlibRandomPage: 119,
  zstdPlainPage: 1.38,
  zstdRandomPage: 4.7,
  /** multifd: one channel connected and its thread made; the end of one (multifd-2ch). */
  multifdConnect: 30,
  multifdEnd: 25,
  /** mapped-ram: a page written at its place; on the destination a page read from its place, by one thread and by channels. */
  mappedPage: 3,
  /** The same where the page was written before: 1.2 to 1.8 us (24 rounds of eleven runs of q111-file-mapped-ram). */
  mappedPageAgain: 1.4,
  loadMappedPage: 10.7,
  loadMappedPageMultifd: 8.2,
  /** Destination: one page received into memory that was touched before. */
  loadWarmPage: 1.4,
  /**
   * Destination: the first touch of a huge page, for which the host has to find memory first. First passes under a limit
   * show it as it is: their cycles of 832 pages take 1.1, 5.8 or 10.7 ms (nonconv-cancel), those of 1664 pages 2.2 ms and
   * two, three or four times this (stopped-midway, stopped-vm); without a limit 5120 or 5632 pages fit into the 50 ms.
   */
  hugePage: 4700,
  /** The same where the host has memory at hand: 512 pages that are cleared (first passes, 0.17 us a page more than later). */
  hugePageAtHand: 87,
  /** Destination: a zero page that stays untouched. */
  loadZeroPage: 0.12,
  /** Wake-up to the counter update: the mean of the same (median 35). */
  wakeToUpdate: 40,
  /**
   * For how long a vCPU loses its CPU in a row of syncs (q111-multifd-unlimited and -zpd-legacy: 325 and 350 us without a
   * write).
   */
  lockedOut: 400,
  /** Counter update to the estimate. */
  updateToEstimate: 12,
  /** State setup of the migration's status: emission of the QMP event. */
  stateEvent: 40,
  /** src-downtime-start to src-vm-stopped (facts/measured.md: 0.17 ms TCG, 0.29 ms KVM). */
  stopTcg: 165,
  stopKvm: 290,
  /** Old posts of the semaphore are eaten with a timed wait of 1 ms before pre-switchover (cancel-pre-switchover). */
  pauseDelay: 1040,
  /** End of the return path thread to its being joined (tcp-return-path). */
  joinThread: 3900,
  /** Inactivation of the disks. */
  inactivate: 38,
  /** Writing the description of the device state, which has been built on the way (last section to checkpoint, 10.0). */
  vmdesc: 24,
  /** A thread that waited for the big lock has done its work before the one that gave it back goes on (cancel-device). */
  unlock: 60,
  /** Destination: end of a failed load to the end of its process, which closes the connection (uuid-mismatch). */
  exit: 360,
  /** Turning the dirty log off (nonconv-cancel). */
  stopLog: 155,
  /** Source completion to the cleanup in the main loop. */
  bottomHalf: 95,
  /** Destination: accepting a connection to its first state. */
  acceptToActive: 70,
  /** Destination: reading the header to loadvm_state_setup. */
  headerToSetup: 167,
  /** Destination: wake-up when a section arrives. */
  arrival: 60,
  /** Destination: end of the load to its checkpoint (medians 29 under TCG, 128 under KVM). */
  loadEnd: 45,
  /** Destination: announcement to a running guest. */
  startGuest: 225,
} as const;

/** The name of a cost. */
export type CostName = keyof typeof COSTS;

/**
 * Puts other costs in the place of some: those of another machine, or of a part of the recordings. For whole programs,
 * before they simulate anything.
 *
 * @returns What puts the old ones back.
 */
export function setCosts(costs: Iterable<readonly [CostName, number]>): () => void {
  const before = { ...COSTS };
  Object.assign(COSTS, Object.fromEntries(costs));
  return () => void Object.assign(COSTS, before);
}

/**
 * Memory that the host has at hand, so that its first touch costs no more than a later one.
 *
 * The host is a virtual machine itself. What the run before has freed is at hand, `pages` of it, until the host gives
 * free memory back, which Linux does 2 s later (page reporting). The source has filled its RAM by then and taken its
 * share; the rest is the destination's for the first `micros` of the migration. Both figures are those that tell best
 * how many pages of 130 first passes load warm (median error 2500 pages; 3700 for one constant number of pages). What
 * really ran before is no input of a recording.
 */
export const AT_HAND = { pages: 50_000, micros: 600_000 } as const;

/**
 * The same for multifd, whose recordings ran in a row of guests of one size: the destination of multifd-zpd-none has
 * 39,680 pages before the first that waits, beside 34,576 of the source, and six of the nine others without a limit
 * never wait (56 to 63 ms; the three that do take 92, 250 and 292 ms).
 */
export const MULTIFD_AT_HAND_PAGES = 74_000;

/**
 * How late a timed wait of the migration thread ends, in microseconds: quantiles of the 5628 waits of all recordings
 * without multifd and postcopy, as shares of the waits and the lateness they reach.
 *
 * A mean would do for one wait. But a period counts only if it is longer than 1000 ms, and ten cycles of 100 ms are
 * just that, so it is the spread that decides how often the throttle steps.
 */
export const WAKE_LATE: readonly (readonly [share: number, micros: number])[] = [
  [0, 16],
  [0.1, 29],
  [0.25, 36],
  [0.5, 47],
  [0.75, 58],
  [0.9, 73],
  [0.95, 103],
  [0.98, 875],
  [0.99, 2623],
  [0.995, 3386],
  [1, 17_349],
];

/**
 * Syncs in a row before 11.1 has a threshold: how late the vCPUs of TCG answer each, in microseconds. Quantiles of the
 * syncs of seven recordings that weigh the same (q111-multifd-unlimited, -zpd-legacy, -zerocopy-tcp, and four of files),
 * less what reading the log takes. Where a round takes about as long as the guest's wait between two writes,
 * it is this that decides which one finds nothing: 3 of 17 shorter ones did in q111-file-plain and its like, and 19 of 49
 * in 27 more runs of these cases.
 */
export const ROW_ANSWER: readonly (readonly [share: number, micros: number])[] = [
  [0, 3],
  [0.05, 8],
  [0.25, 12],
  [0.5, 29],
  [0.75, 53],
  [0.9, 82],
  [0.95, 93],
  [0.98, 215],
  [1, 215],
];

/**
 * How many syncs of such a row find nothing though the guest should have written since the one before: its vCPU had lost
 * its CPU. Where a round took longer than the guest's wait between two writes this befell 2 of 318 rounds in the seven
 * recordings. On a host with more to do it was 28 of 3180 in further runs, two thirds of them in the first five rounds,
 * and 6 of 128 with KVM.
 */
export const LOCKED_OUT_SHARE = 0.0063;

/**
 * How long a packet of multifd takes, in percent of the median: of each quantile the median over the six unlimited
 * recordings with 256 MiB. What takes ten times as long has lost the processor for a time slice.
 */
export const MULTIFD_PACKET: readonly (readonly [share: number, percent: number])[] = [
  [0, 10],
  [0.05, 20],
  [0.1, 26],
  [0.25, 76],
  [0.5, 100],
  [0.75, 135],
  [0.9, 170],
  [0.95, 210],
  [0.98, 397],
  [0.99, 840],
  [0.995, 1611],
  [1, 2940],
];

/**
 * Share of its time that a vCPU still gets while two or more channels of multifd compute (TLS, compression): medians of
 * its counters every 60 ms are 0.44 to 0.46 with TLS, 0.53 and 0.64 with zlib, on a host with two processors.
 */
export const GUEST_SHARE = 0.5;

/** Bytes that a local socket takes before the writer has to wait. */
export const SOCKET_BUFFER_BYTES = 212_992;

/** What a relay's own socket to the destination takes before the relay has to wait. */
export const RELAY_BUFFER_BYTES = SOCKET_BUFFER_BYTES;

/**
 * Bytes that a relay takes from its socket at once, before it pays for them: the counters of every relay recording at 25
 * and 30 MB/s, of both versions, rise by sums of 131072 and of what a full socket holds besides (95040, 109888, 77466).
 */
export const RELAY_CHUNK_BYTES = 131_072;

/**
 * How far a relay runs ahead of the wire's rate before it waits, in microseconds. The counters of the twelve recordings at
 * 25 and 30 MB/s are ahead of a line of that rate, drawn from the first section on, by at most 9.4 to 9.8 ms in nine and
 * by 5.6 to 9.0 ms in three whose relay began late.
 */
export const RELAY_SLACK_MICROS = 10_000;

/**
 * Microseconds that a relay needs to hand a byte on. It decides what the first chunks hold: from 0.001 to 0.002 they are
 * those of the recordings (702276 bytes after eight, cancel-device), and at half of it not.
 */
export const RELAY_BYTE_MICROS = 0.001;
