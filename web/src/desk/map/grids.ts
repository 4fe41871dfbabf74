import { ask } from '@/api/client'
import type { Answer, Schemas } from '@/api/types'
import { dayAfter, dayOf, instantOf } from '@/core/time'

/** What the unit grids are coloured by: their open cases, those late, or the share of closed ones that were in time. */
export type By = 'open' | 'late' | 'in_time'
export const BYS: By[] = ['open', 'late', 'in_time']
/** Days that are looked back on; one: today. */
export const PERIODS = [1, 7, 30] as const
export type Period = (typeof PERIODS)[number]
export type GridCount = Schemas['GridCount']

export const sinceOf = (period: Period, now: number, zone: string) => instantOf(dayAfter(dayOf(now, zone), 1 - period), '00:00', zone)
export const listCounts = (street: string, since: string) => ask<Answer<'/api/cases/grids'>>(`/api/cases/grids?street=${street}&since=${encodeURIComponent(since)}`)
export const getGridFile = (code: string) => ask<Answer<'/api/grids/{code}'>>(`/api/grids/${code}`)

/** The figure of a grid, null where there is nothing to tell (no case was closed). */
export function figureOf(count: GridCount | undefined, by: By): number | null {
  if (by === 'in_time') return count?.closed ? count.in_time / count.closed : null
  return count?.[by] ?? 0
}

/** Colours by class, from little to much; each with the least figure that falls into it. One hue, so that only depth tells. */
export interface Class {
  least: number
  color: string
}
const BLUES = ['#eef4f9', '#c9def0', '#93bfdf', '#4f94c4', '#155a8a']
const REDS = ['#faf1f0', '#f5cfcb', '#e79a94', '#cf5f57', '#a1201a']
const SHARES = ['#c98a1b', '#ecc979', '#dfece2', '#a9d3b6', '#5aa378']
export function classesOf(by: By, most: number): Class[] {
  if (by === 'in_time') return [0, 0.6, 0.8, 0.9, 0.95].map((least, i) => ({ least, color: SHARES[i]! }))
  const colors = by === 'open' ? BLUES : REDS
  const top = Math.max(4, most)
  const steps = [0, 1, Math.ceil(top / 4), Math.ceil(top / 2), Math.ceil((top * 3) / 4)]
  return steps.map((least, i) => ({ least, color: colors[i]! })).filter((c, i, all) => i === 0 || c.least > all[i - 1]!.least)
}
export const colorOf = (figure: number | null, classes: Class[]): string | null => (figure === null ? null : (classes.findLast((c) => figure >= c.least)?.color ?? null))
