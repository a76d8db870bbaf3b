/**
 * Counters that apply the rate limit wrongly: parts of the museum, made only when their bug is switched on.
 *
 * They stand apart so that the page loop, which tests the limit at every flush, has nothing to ask of the museum.
 *
 * @module
 */
import type { BugId } from "./museum.ts";
import { MigrationStats } from "./statistics.ts";

/** What a huge page of 2 MiB takes on the wire: 512 pages, each with its header. */
const HOST_PAGE_BYTES = 512 * 4104;

/** limit-per-host-page: once a host page is begun it is sent to its end. */
class HostPageStats extends MigrationStats {
  #exceededIn = -1;

  override get rateExceeded(): boolean {
    if (!super.rateExceeded) {
      this.#exceededIn = -1;
      return false;
    }
    const hostPage = Math.floor(this.transferred / HOST_PAGE_BYTES);
    if (this.#exceededIn < 0) this.#exceededIn = hostPage;
    return hostPage > this.#exceededIn;
  }
}

/** limit-at-equality: the limit is exceeded when it is reached. */
class EqualityStats extends MigrationStats {
  override get rateExceeded(): boolean {
    return this.rate_limit_max > 0 && this.transferred - this.rate_limit_start >= this.rate_limit_max;
  }
}

/** multifd-without-limit: what goes through the channels is not held against the limit. */
class MainStreamStats extends MigrationStats {
  override get rateExceeded(): boolean {
    const { rate_limit_max, rate_limit_start, qemu_file_transferred, multifd_bytes } = this;
    if (this.#start !== rate_limit_start) {
      this.#start = rate_limit_start;
      this.#channels = multifd_bytes;
    }
    return rate_limit_max > 0 && qemu_file_transferred + this.#channels - rate_limit_start > rate_limit_max;
  }

  #start = -1;
  /** Bytes of the channels when the cycle began. */
  #channels = 0;
}

/** The counters of a migration, with the bugs that are switched on. */
export function newStats(bugs: ReadonlySet<BugId>): MigrationStats {
  if (bugs.has("limit-per-host-page")) return new HostPageStats();
  if (bugs.has("limit-at-equality")) return new EqualityStats();
  if (bugs.has("multifd-without-limit")) return new MainStreamStats();
  return new MigrationStats();
}
