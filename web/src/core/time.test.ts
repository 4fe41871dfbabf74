import { describe, expect, it } from 'vitest'
import { hear, NOT_YET, read } from '@/live/clock'
import { clockTime, dayOf, duration, instantOf, shortTime, stopwatch } from './time'

const MIN = 60_000

describe('durations', () => {
  it.each([
    [20_000, '不到1分', '< 1 m'],
    [35 * MIN, '35分', '35 m'],
    [-35 * MIN, '35分', '35 m'],
    [125 * MIN, '2时05分', '2 h 05 m'],
    [24 * 60 * MIN, '1天', '1 d'],
    [27.9 * 60 * MIN, '1天3时', '1 d 3 h'],
  ])('%d ms', (ms, chinese, english) => {
    expect(duration(ms, 'zh')).toBe(chinese)
    expect(duration(ms, 'en')).toBe(english)
  })
})

describe('recordings', () => {
  it.each([[0, '0:00'], [7.4, '0:07'], [59.9999, '1:00'], [60, '1:00'], [61.5, '1:01']])('%d s', (seconds, said) => expect(stopwatch(seconds)).toBe(said))
})

describe('times', () => {
  it('are those of the deployment, not of the browser', () => {
    expect(clockTime('2026-11-21T17:30:00Z', 'Asia/Shanghai')).toBe('01:30')
    expect(dayOf('2026-11-21T17:30:00Z', 'Asia/Shanghai')).toBe('2026-11-22')
    expect(clockTime('2026-11-21T16:00:00Z', 'Asia/Shanghai')).toBe('00:00')
  })
  it('name the day only when it is another', () => {
    const now = Date.parse('2026-11-22T04:00:00Z')
    expect(shortTime('2026-11-22T01:05:00Z', now, 'Asia/Shanghai')).toBe('09:05')
    expect(shortTime('2026-11-21T01:05:00Z', now, 'Asia/Shanghai')).toBe('11-21 09:05')
  })
})

describe('the shown clock', () => {
  it('runs on between messages at the rate it has seen, and stops when nothing is heard', () => {
    let clock = hear(NOT_YET, 1_000_000, 0)
    for (let i = 1; i <= 8; i += 1) clock = hear(clock, 1_000_000 + i * 90_000, i * 3_000)
    expect(clock.rate).toBeCloseTo(30, 0)
    expect(read(clock, 24_000 + 1_000) - clock.server).toBeCloseTo(30_000, -3)
    expect(read(clock, 24_000 + 10 * MIN)).toBe(read(clock, 24_000 + 15_000))
  })
  it('begins anew after a jump back', () => {
    const clock = hear(hear(NOT_YET, 5_000_000, 0), 1_000_000, 3_000)
    expect(clock).toEqual({ server: 1_000_000, local: 3_000, rate: 1 })
  })
})

describe('an instant by its day and time', () => {
  it.each([
    ['2026-11-30', '18:00', 'Asia/Shanghai', '2026-11-30T10:00:00.000Z'],
    ['2026-07-01', '09:30', 'Europe/Berlin', '2026-07-01T07:30:00.000Z'],
    ['2026-01-01', '00:10', 'America/New_York', '2026-01-01T05:10:00.000Z'],
  ])('%s %s in %s', (day, time, zone, instant) => expect(instantOf(day, time, zone)).toBe(instant))
})
