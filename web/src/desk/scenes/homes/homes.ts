import type { Schemas } from '@/api/types'

export type House = Schemas['House']
export type Cell = Schemas['Cell']
export type Building = Schemas['BuildingRow']
export type Home = Schemas['HomeFile']
export type Resident = Schemas['ResidentRow']
export type Member = Schemas['GroupMember']
export type Ground = Schemas['GroundCounts']
export type Clear = Schemas['ResidentClear']
export type Found = Schemas['ResidentsFound']

export const GROUPS = ['alone_aged', 'alone_elder', 'aged', 'elder', 'alone', 'care'] as const
export const RELATIONS = ['owner', 'family', 'tenant', 'other'] as const
export const PURPOSES = ['visit', 'check', 'complaint', 'oversight', 'other'] as const
export type Group = (typeof GROUPS)[number]

/** One entrance of a house: its floors from the top down, each with as many places as the widest has. */
export interface Entrance { unit: number; wide: number; floors: { floor: number; cells: Cell[] }[] }

/** A house's homes as they stand: entrances side by side, the same floors in each, so that floors are level. */
export function frontOf(homes: readonly Cell[]): Entrance[] {
  const floors = [...new Set(homes.map((h) => h.floor))].sort((a, b) => b - a)
  return [...new Set(homes.map((h) => h.unit))].sort((a, b) => a - b).map((unit) => {
    const mine = homes.filter((h) => h.unit === unit)
    const rows = floors.map((floor) => ({ floor, cells: mine.filter((h) => h.floor === floor) }))
    return { unit, wide: Math.max(...rows.map((r) => r.cells.length)), floors: rows }
  })
}

/** Groups as they are shown of one person: what another says already is left out. */
export function said(groups: readonly string[]): string[] {
  const alone = groups.includes('alone_aged') ? ['alone_aged'] : groups.includes('alone_elder') ? ['alone_elder'] : groups.includes('alone') ? ['alone'] : groups.includes('aged') ? ['aged'] : groups.includes('elder') ? ['elder'] : []
  return [...alone, ...(groups.includes('care') ? ['care'] : [])]
}
