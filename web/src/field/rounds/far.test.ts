import { describe, expect, it } from 'vitest'
import { farOf, type MyRound } from './far'

const grid = (things: number, checked: number, done: string | null) => ({ things, checked, done_at: done })
const round = (purpose: string, ...grids: object[]): MyRound => ({ round: { purpose }, grids }) as unknown as MyRound

describe('how far my grids are', () => {
  it('counts things where things are checked', () => expect(farOf(round('check', grid(3, 1, null), grid(2, 2, 'then')))).toEqual({ done: 3, all: 5 }))
  it('counts grids where grids are worked through', () => expect(farOf(round('census', grid(3, 1, null), grid(2, 2, 'then')))).toEqual({ done: 1, all: 2 }))
})
