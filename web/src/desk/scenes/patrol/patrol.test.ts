import { describe, expect, it } from 'vitest'
import { addMonths, barsOf, changeWords, classesOf, colorOf, drawGrids, type Month, niceTop, quarterOf, toneOf } from './patrol'

const month = (m: string, checks: number): Month => ({ month: m, checks, damaged: 0, missed: 0 })

it('a day lies in its quarter, and months go over years', () => {
  expect(['2026-01-31', '2026-03-01', '2026-04-01', '2026-12-31'].map(quarterOf)).toEqual(['2026-01-01', '2026-01-01', '2026-04-01', '2026-10-01'])
  expect([addMonths('2026-11-01', 3), addMonths('2026-01-01', -1), addMonths('2026-11-01', -12)]).toEqual(['2027-02-01', '2025-12-01', '2025-11-01'])
})

describe('bars', () => {
  const series = [month('2025-11-01', 40), ...Array.from({ length: 12 }, (_, n) => month(addMonths('2025-12-01', n), 10 * n))]
  const { bars, top } = barsOf(series, 'checks', 260, 200)
  it('stand side by side, with where they stood a year before', () => {
    expect(top).toBe(150)
    expect(bars.length).toBe(13)
    const last = bars.at(-1)!
    expect([last.month, last.value, last.then, Math.round(last.h), Math.round(last.y), Math.round(last.mark!)]).toEqual(['2026-11-01', 110, 40, 147, 53, 147])
    expect(bars[0]!.mark).toBeNull()
    expect(bars.every((b, i) => i === 0 || b.x > bars[i - 1]!.x)).toBe(true)
  })
  it('of nothing are none', () => expect(barsOf([], 'missed', 100, 100).bars).toEqual([]))
  it('end at a round number', () => expect([1, 3, 7, 20, 21, 501].map(niceTop)).toEqual([1, 3, 8, 20, 30, 600]))
})

it('grids are drawn inside their box, north above', () => {
  const square = (code: string, x: number, y: number) => ({ type: 'Feature' as const, properties: { code }, geometry: { type: 'Polygon' as const, coordinates: [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]] } })
  const [south, north] = drawGrids({ type: 'FeatureCollection', features: [square('s', 0, 0), square('n', 0, 1)] }, 100, 200)
  const ys = (d: string) => [...d.matchAll(/ ([\d.]+)/g)].map((m) => Number(m[1]))
  expect(Math.max(...ys(north!.d))).toBeLessThanOrEqual(Math.min(...ys(south!.d)) + 0.2)
  expect(Math.max(...ys(south!.d))).toBeLessThanOrEqual(200)
  expect(drawGrids({ type: 'FeatureCollection', features: [] }, 10, 10)).toEqual([])
})

it('depth of colour rises with the figure', () => {
  const classes = classesOf('missed', 8)
  expect(classes.map((c) => c.least)).toEqual([0, 1, 2, 4, 6])
  expect(colorOf(0, classes)).not.toBe(colorOf(8, classes))
  expect(classesOf('checks', 0).map((c) => c.least)).toEqual([0, 1, 2, 3])
})

it('a change says its sign, and is good or not by what is counted', () => {
  expect([changeWords(12.5), changeWords(-3), changeWords(0), changeWords(null)]).toEqual(['+12.5%', '−3%', '±0%', '—'])
  expect([toneOf('checks', 5), toneOf('missed', 5), toneOf('damaged', -1), toneOf('missed', 0)]).toEqual(['good', 'late', 'good', ''])
})
