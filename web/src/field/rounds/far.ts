import type { Schemas } from '@/api/types'

export type MyRound = Schemas['MyRound']
export type Grid = Schemas['RoundGrid']

/** Of my grids: how far they are, in things where things are checked, else in grids. */
export function farOf({ round, grids }: MyRound): { done: number; all: number } {
  const sum = (of: (g: Grid) => number): number => grids.reduce((n, g) => n + of(g), 0)
  return round.purpose === 'check' ? { done: sum((g) => g.checked), all: sum((g) => g.things) } : { done: sum((g) => (g.done_at ? 1 : 0)), all: grids.length }
}
/** What waits for the network says what it is about so. */
export const keyOf = (round: string, grid: string): string => `${round}/${grid}`
