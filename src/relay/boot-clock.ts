/**
 * The clock of the relay: milliseconds that only move on and count time asleep, as the kernel's WireGuard counts.
 *
 * `performance.now()` stands still while a Linux machine is suspended, `os.uptime()` (CLOCK_BOOTTIME) does not. Their
 * drift, looked at about once a second, is the time that was slept.
 */

import { uptime } from 'node:os';

/** Drift from here on is sleep. `/proc/uptime` has hundredths of a second, so honest drift is far below. */
export const SLEEP_MS = 5_000;

export class BootClock {
  readonly #monotonic: () => number;
  readonly #bootSeconds: () => number;
  /** Boot time less monotonic time, as of the last look. */
  #lead: number;
  #sleptMs = 0;

  constructor(monotonic: () => number = () => performance.now(), bootSeconds: () => number = uptime) {
    this.#monotonic = monotonic;
    this.#bootSeconds = bootSeconds;
    this.#lead = bootSeconds() * 1000 - monotonic();
  }

  now(): number {
    return this.#monotonic() + this.#sleptMs;
  }

  /** Whether the machine slept since the last look. `now` has jumped then. */
  hasSlept(): boolean {
    const lead = this.#bootSeconds() * 1000 - this.#monotonic();
    const drift = lead - this.#lead;
    this.#lead = lead;
    if (drift < SLEEP_MS) return false;
    this.#sleptMs += drift;
    return true;
  }
}
