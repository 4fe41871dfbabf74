import { describe, expect, it } from 'vitest'
import { type Cell, frontOf, said } from './homes'

const cell = (unit: number, floor: number, room: string) => ({ unit, floor, room }) as Cell

describe('a house seen from its front', () => {
  const front = frontOf([cell(2, 1, '101'), cell(1, 1, '101'), cell(1, 1, '102'), cell(1, 3, '301'), cell(2, -1, 'B1')])
  it('has its entrances side by side and its floors level in all of them', () => {
    expect(front.map((e) => e.unit)).toEqual([1, 2])
    expect(front.map((e) => e.floors.map((f) => f.floor))).toEqual([[3, 1, -1], [3, 1, -1]])
  })
  it('is as wide as its widest floor', () => expect(front.map((e) => e.wide)).toEqual([2, 1]))
  it('without homes is none', () => expect(frontOf([])).toEqual([]))
})

describe('of which groups somebody is', () => {
  it.each([
    [['elder', 'aged', 'alone', 'alone_elder', 'alone_aged', 'care'], ['alone_aged', 'care']],
    [['elder', 'alone', 'alone_elder'], ['alone_elder']], [['elder', 'aged'], ['aged']], [['elder'], ['elder']], [['alone'], ['alone']], [[], []],
  ])('%j is said as %j', (groups, shown) => expect(said(groups)).toEqual(shown))
})
