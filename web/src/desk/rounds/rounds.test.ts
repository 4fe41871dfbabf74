import { describe, expect, it } from 'vitest'
import { farOf, percent } from '@/core/far'
import { asked, narrowing, type KindForm, type Round } from './rounds'

const round = (more: Partial<Round>): Round => ({ purpose: 'check', things: 0, checked: 0, grids: 0, grids_done: 0, ...more }) as Round

describe('how far a round is', () => {
  it('counts the things of a check and the grids of a census', () => {
    expect(farOf(round({ things: 8, checked: 2, grids: 3, grids_done: 3 }))).toEqual({ done: 2, all: 8, share: 0.25 })
    expect(farOf(round({ purpose: 'census', things: 8, checked: 2, grids: 4, grids_done: 3 }))).toEqual({ done: 3, all: 4, share: 0.75 })
  })
  it('is not whole before all is done, and of nothing nothing is done', () => {
    expect(percent(farOf(round({ things: 1000, checked: 999 })))).toBe(99)
    expect(percent(farOf(round({})))).toBe(0)
  })
})

describe('what a check is narrowed by', () => {
  const field = (name: string, type: string) => ({ name, type, needed: true, zh: name, en: name, choices: [] })
  it('is what has few answers, and none of it is asked for', () => {
    const kind = { fields: [field('a', 'choice'), field('b', 'text'), field('c', 'check'), field('d', 'number')] } as unknown as KindForm
    expect(narrowing(kind).map((f) => [f.name, f.needed])).toEqual([['a', false], ['c', false]])
  })
  it('leaves out what was taken back', () => expect(asked({ a: '木', b: false, c: true, d: [], e: ['x'], f: undefined })).toEqual({ a: '木', c: true, e: ['x'] }))
})
