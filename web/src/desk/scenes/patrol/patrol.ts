import type { FeatureCollection, Polygon } from 'geojson'
import type { Schemas } from '@/api/types'

export type Shift = Schemas['Shift']
export type Stop = Schemas['Stop']
export type Trend = Schemas['Trend']
export type Month = Schemas['Month']
export type Heat = Schemas['Heat']
export type Assessed = Schemas['AssessedRow']

/** What is counted: check-ins, those that found damage, what was owed and missed. */
export type Quantity = 'checks' | 'damaged' | 'missed'
export const QUANTITIES: Quantity[] = ['checks', 'damaged', 'missed']

/** 2026-11 → 2026-10-01: the first day of its quarter. */
export function quarterOf(day: string): string {
  const month = Number(day.slice(5, 7))
  return `${day.slice(0, 4)}-${String(Math.floor((month - 1) / 3) * 3 + 1).padStart(2, '0')}-01`
}
export function addMonths(day: string, months: number): string {
  const at = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + months
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}-01`
}

export interface Bar { month: string; value: number; then: number | null; x: number; y: number; h: number; mark: number | null }
/** The last months as bars in a box of `w` × `h`, each with where it stood a year before. `top`: the value at the upper edge. */
export function barsOf(series: readonly Month[], of: Quantity, w: number, h: number, most = 14): { bars: Bar[]; width: number; top: number } {
  const known = new Map(series.map((m) => [m.month, m[of]]))
  const last = series.slice(-most)
  const values = last.map((m) => ({ value: m[of], then: known.get(addMonths(m.month, -12)) ?? null }))
  const top = niceTop(Math.max(1, ...values.flatMap((v) => [v.value, v.then ?? 0])))
  const step = last.length ? w / last.length : w
  const width = Math.min(step * 0.62, 34)
  const bars = values.map((v, i) => ({ month: last[i]!.month, ...v, x: i * step + (step - width) / 2, y: h - (v.value / top) * h, h: (v.value / top) * h, mark: v.then === null ? null : h - (v.then / top) * h }))
  return { bars, width, top }
}
/** The next round number, so that the highest bar nearly fills its box. */
export function niceTop(value: number): number {
  const ten = 10 ** Math.floor(Math.log10(value))
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((n) => n * ten >= value) ?? 10) * ten
}

/** Paths of the unit grids in a box of `w` × `h`, drawn true to shape at this latitude. */
export function drawGrids(shapes: FeatureCollection<Polygon, { code: string }>, w: number, h: number): { code: string; d: string }[] {
  const all = shapes.features.flatMap((f) => f.geometry.coordinates[0] ?? [])
  if (!all.length) return []
  const [west, east] = [Math.min(...all.map((p) => p[0]!)), Math.max(...all.map((p) => p[0]!))]
  const [south, north] = [Math.min(...all.map((p) => p[1]!)), Math.max(...all.map((p) => p[1]!))]
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180)
  const scale = Math.min(w / ((east - west) * narrow), h / (north - south))
  const [dx, dy] = [(w - (east - west) * narrow * scale) / 2, (h - (north - south) * scale) / 2]
  const at = (p: number[]) => `${(dx + (p[0]! - west) * narrow * scale).toFixed(1)} ${(dy + (north - p[1]!) * scale).toFixed(1)}`
  return shapes.features.map((f) => ({ code: f.properties.code, d: f.geometry.coordinates.map((ring) => `M${ring.map(at).join('L')}Z`).join('') }))
}

const BLUES = ['#eef4f9', '#c9def0', '#93bfdf', '#4f94c4', '#155a8a']
const REDS = ['#faf1f0', '#f5cfcb', '#e79a94', '#cf5f57', '#a1201a']
export interface Class { least: number; color: string }
/** Five classes from nothing to the most there is; one hue, so that only depth tells. */
export function classesOf(of: Quantity, most: number): Class[] {
  const steps = [0, 1, ...[0.25, 0.5, 0.75].map((share) => Math.ceil(Math.max(4, most) * share))]
  return [...new Set(steps)].map((least, i) => ({ least, color: (of === 'checks' ? BLUES : REDS)[i]! }))
}
export const colorOf = (value: number, classes: readonly Class[]): string => classes.findLast((c) => value >= c.least)?.color ?? classes[0]!.color

/** +12.5 %, −3 %, or nothing to compare with. */
export const changeWords = (change: number | null | undefined): string => (change === null || change === undefined ? '—' : `${change > 0 ? '+' : change < 0 ? '−' : '±'}${Math.abs(change)}%`)
/** More checks are good; more damage or misses are not. */
export const toneOf = (of: string, change: number | null | undefined): '' | 'good' | 'late' => (!change ? '' : change > 0 === (of === 'checks') ? 'good' : 'late')
