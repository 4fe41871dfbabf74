import { describe, expect, it } from 'vitest'
import { signsOf, spotsOfCounts } from './things'

describe('signs of kinds', () => {
  const kinds = [{ name: 'a', zh: '电梯', en: 'lift' }, { name: 'b', zh: '电表', en: 'lamp' }, { name: 'c', zh: '电', en: 'l' }]
  it('are one character each, another where the first is taken, as far as its name goes', () => {
    expect([...signsOf(kinds, 'zh').values()]).toEqual(['电', '表', '电'])
    expect([...signsOf(kinds, 'en').values()]).toEqual(['L', 'A', 'L'])
  })
})

describe('counts of grids', () => {
  const kind = { name: 'a', states: [{ name: 'on', ended: false }, { name: 'off', ended: false }, { name: 'gone', ended: true }] } as never
  it('are summed over the states that still stand, where the grid is', () => {
    const at = { grid_code: 'G1', lon: 1, lat: 2 }
    const counts = [{ ...at, state: 'on', things: 3 }, { ...at, state: 'off', things: 2 }, { ...at, state: 'gone', things: 9 }]
    expect(spotsOfCounts(kind, '梯', counts)).toEqual([{ id: null, kind: 'a', sign: '梯', name: 'G1', note: '', n: 5, lon: 1, lat: 2 }])
  })
})
