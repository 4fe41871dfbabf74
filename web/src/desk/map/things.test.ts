import { describe, expect, it } from 'vitest'
import { middleOf, signsOf, spotsOfCounts } from './things'

describe('signs of kinds', () => {
  const kinds = [{ name: 'a', zh: '电梯', en: 'lift' }, { name: 'b', zh: '电表', en: 'lamp' }, { name: 'c', zh: '电', en: 'l' }]
  it('are one character each, another where the first is taken, as far as its name goes', () => {
    expect([...signsOf(kinds, 'zh').values()]).toEqual(['电', '表', '电'])
    expect([...signsOf(kinds, 'en').values()]).toEqual(['L', 'A', 'L'])
  })
})

describe('counts of grids', () => {
  const ring = [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]
  const grids = { features: [{ properties: { code: 'G1' }, geometry: { coordinates: [ring] } }] } as never
  const kind = { name: 'a', states: [{ name: 'on', ended: false }, { name: 'off', ended: false }, { name: 'gone', ended: true }] } as never
  it('are summed over the states that still stand, in the middle of the grid', () => {
    expect(middleOf(ring)).toEqual({ lon: 1, lat: 1 })
    const counts = [{ grid_code: 'G1', state: 'on', things: 3 }, { grid_code: 'G1', state: 'off', things: 2 }, { grid_code: 'G1', state: 'gone', things: 9 }, { grid_code: 'elsewhere', state: 'on', things: 1 }]
    expect(spotsOfCounts(kind, '梯', counts, grids)).toEqual([{ id: null, kind: 'a', sign: '梯', name: 'G1', note: '', n: 5, lon: 1, lat: 1 }])
  })
})
