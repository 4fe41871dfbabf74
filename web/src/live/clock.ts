/** The server's clock, shown between its messages: real time, or the demo day's, which may run faster. Pure. */

export interface Ticking {
  /** server ms and our own ms at the last message */
  server: number
  local: number
  /** server ms per own ms */
  rate: number
}

export const NOT_YET: Ticking = { server: 0, local: 0, rate: 1 }
const FASTEST = 3_600

/** Take a message's time; the rate is smoothed, and a jump (a night skipped, a clock set) starts anew. */
export function hear(clock: Ticking, server: number, local: number): Ticking {
  if (clock.server === 0) return { server, local, rate: 1 }
  const passed = local - clock.local
  if (passed < 500) return clock.server <= server && passed >= 0 ? { ...clock, server, local } : clock
  const seen = (server - clock.server) / passed
  if (seen < 0 || seen > FASTEST) return { server, local, rate: 1 }
  const near = Math.abs(seen - clock.rate) < 0.5 + clock.rate * 0.5
  return { server, local, rate: near ? clock.rate * 0.6 + seen * 0.4 : seen }
}

/** Server ms at our own `local`; never runs on for more than `most` ms of silence, so that a dead link does not age what it shows. */
export function read(clock: Ticking, local: number, most = 15_000): number {
  return clock.server + Math.min(Math.max(local - clock.local, 0), most) * clock.rate
}
