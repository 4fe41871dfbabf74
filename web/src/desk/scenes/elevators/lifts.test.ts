import { describe, expect, it } from 'vitest'
import { clockOf, clocksOf, rankingAt, type Running } from './lifts'

const AT = Date.parse('2026-11-24T10:00:00+08:00')
const MINUTE = 60_000

describe('a clock of a rescue', () => {
  it('runs down to its time, then over it', () => {
    expect(clockOf(AT, AT + 5 * MINUTE, null, AT + 3 * MINUTE + 10_000)).toEqual({ how: 'left', late: false, time: '1:50' })
    expect(clockOf(AT, AT + 5 * MINUTE, null, AT + 5 * MINUTE)).toEqual({ how: 'left', late: false, time: '0:00' })
    expect(clockOf(AT, AT + 5 * MINUTE, null, AT + 7 * MINUTE)).toEqual({ how: 'over', late: true, time: '2:00' })
  })
  it('stands when it is done, and says whether that was late', () => {
    expect(clockOf(AT, AT + 5 * MINUTE, AT + 3 * MINUTE, AT + 60 * MINUTE)).toEqual({ how: 'done', late: false, time: '3:00' })
    expect(clockOf(AT, AT + 5 * MINUTE, AT + 6 * MINUTE, AT + 60 * MINUTE)).toEqual({ how: 'done', late: true, time: '6:00' })
  })
  it('is none where nothing is due', () => {
    const trap = { at: '2026-11-24T10:00:00+08:00', call_due: null, called_at: null, arrive_due: '2026-11-24T10:30:00+08:00', arrived_at: null } as unknown as Running
    expect(clocksOf(trap, AT).map((c) => [c.name, c.clock.time])).toEqual([['arrived', '30:00']])
  })
})

it('the ranking is asked with what is filled in', () => {
  expect(rankingAt({ words: ' 文庙 ', factor: 'age', least: 40, after: 'k' })).toBe('/api/elevators/ranking?limit=50&q=%E6%96%87%E5%BA%99&factor=age&least=40&after=k')
  expect(rankingAt({ words: '', factor: '', least: 0 })).toBe('/api/elevators/ranking?limit=50')
})
