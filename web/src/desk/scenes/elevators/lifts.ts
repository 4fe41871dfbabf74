import type { Schemas } from '@/api/types'
import { stopwatch } from '@/core/time'

export type Ranked = Schemas['RankedLift']
export type Running = Schemas['RunningTrap']
export const FACTORS = ['age', 'use', 'traps', 'faults', 'maintenance', 'inspection', 'assessed', 'stops', 'unmonitored'] as const
export const LEAST = [0, 20, 40, 60] as const

/** How one of the two clocks of a rescue stands: `done` (with what it took), `left`, or `over`; `late`: past its time, done or not. */
export interface Clock {
  how: 'done' | 'left' | 'over'
  late: boolean
  time: string
}

/** `began`: when they were trapped; `due`: by when it must be done; `at`: when it was. All in ms; null: no such clock. */
export function clockOf(began: number, due: number | null, at: number | null, now: number): Clock | null {
  if (at !== null) return { how: 'done', late: due !== null && at > due, time: stopwatch(Math.max(0, at - began) / 1000) }
  if (due === null) return null
  const left = due - now
  return { how: left >= 0 ? 'left' : 'over', late: left < 0, time: stopwatch(Math.abs(left) / 1000) }
}

/** The two clocks of people trapped, as they stand at `now`. */
export function clocksOf(trap: Running, now: number): { name: 'called' | 'arrived'; clock: Clock }[] {
  const ms = (at: string | null | undefined) => (at ? Date.parse(at) : null)
  const began = Date.parse(trap.at)
  const both = [
    { name: 'called' as const, clock: clockOf(began, ms(trap.call_due), ms(trap.called_at), now) },
    { name: 'arrived' as const, clock: clockOf(began, ms(trap.arrive_due), ms(trap.arrived_at), now) },
  ]
  return both.flatMap(({ name, clock }) => (clock ? [{ name, clock }] : []))
}

/** The address that asks for a page of the ranking. */
export function rankingAt(asked: { words: string; factor: string; least: number; after?: string | null }): string {
  const query = new URLSearchParams({ limit: '50' })
  if (asked.words.trim()) query.set('q', asked.words.trim())
  if (asked.factor) query.set('factor', asked.factor)
  if (asked.least) query.set('least', String(asked.least))
  if (asked.after) query.set('after', asked.after)
  return `/api/elevators/ranking?${query}`
}
