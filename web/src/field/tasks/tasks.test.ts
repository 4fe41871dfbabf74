import { describe, expect, it } from 'vitest'
import { BLANK, WAYS, type About } from './acts'
import { wayThrough } from './way'

const about: About = { case_id: 'c', order_id: 'o', supervision_id: 's', comment_id: 'm' }
const at = { lon: 121.48, lat: 31.21, accuracy: 9, at: 0 }
const shot = [{ sha256: 'a', kind: 'verified' as const }]

describe('what an act lacks and becomes', () => {
  it('a verification passes without words, but not without a photo; rework says why', () => {
    const { lacks, command } = WAYS['verify']!
    expect([lacks(BLANK, []), lacks({ ...BLANK, yes: true }, shot), lacks({ ...BLANK, yes: false }, shot)]).toEqual([['photo', 'choice'], [], ['text']])
    expect(command(about, { ...BLANK, yes: false, text: ' 未清净 ' }, shot, at)).toEqual({ case_id: 'c', passed: false, text: '未清净', lon: 121.48, lat: 31.21, photos: shot })
    expect(command(about, { ...BLANK, yes: true }, shot, null)).toMatchObject({ lon: null, lat: null })
  })
  it('a bounce names its reason', () => {
    expect(WAYS['ask-bounce']!.lacks(BLANK, [])).toEqual(['reason', 'text'])
    expect(WAYS['ask-bounce']!.command(about, { ...BLANK, reason: 'not_ours', text: 'x' }, [], null)).toEqual({ case_id: 'c', order_id: 'o', reason: 'not_ours', text: 'x' })
  })
  it('a suspension says until when, as an instant', () => {
    const until = WAYS['ask-suspension']!.command(about, { ...BLANK, until: '2026-12-01', text: 'x' }, [], null)['until']
    expect(new Date(String(until)).getTime()).toBe(new Date('2026-12-01T18:00:00').getTime())
  })
  it('an order is finished with what was done, and shown', () => expect(WAYS['finish']!.lacks(BLANK, [])).toEqual(['photo', 'text']))
})

it('the way goes on to the nearest next one', () => {
  const stop = (id: string, lon: number) => ({ id, lon, lat: 31.21 })
  const way = wayThrough([stop('far', 121.5), stop('near', 121.481), stop('mid', 121.49)], at)
  expect(way.stops.map((s) => s.id)).toEqual(['near', 'mid', 'far'])
  expect(way.metres).toBeCloseTo(1_902, -1)
  expect(wayThrough([], null)).toEqual({ stops: [], metres: 0 })
})
