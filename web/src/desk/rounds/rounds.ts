import type { Schemas } from '@/api/types'

export type Round = Schemas['RoundRow']
export type RoundFile = Schemas['RoundFile']
export type Grid = Schemas['RoundGrid']
export type Person = Schemas['RoundPerson']
export type Left = Schemas['RoundThing']
export type Compared = Schemas['Compared']
export type KindForm = Schemas['KindForm']
export type Values = Record<string, unknown>

/** How far something is: of a check its things, of a census its grids. `share` 0…1; whole only when all is done. */
export interface Far { done: number; all: number; share: number }
const far = (done: number, all: number): Far => ({ done, all, share: all ? done / all : 0 })
export const farOf = (r: Round): Far => (r.purpose === 'check' ? far(r.checked, r.things) : far(r.grids_done, r.grids))
export const farOfPerson = (p: Person, purpose: Round['purpose']): Far => (purpose === 'check' ? far(p.checked, p.things) : far(p.grids_done, p.grids))
export const farOfGrid = (g: Grid, purpose: Round['purpose']): Far => (purpose === 'check' ? far(g.checked, g.things) : far(g.done_at ? 1 : 0, 1))
/** Rounded down, so that 100% is said of nothing that is not done. */
export const percent = (f: Far): number => Math.floor(f.share * 100)

/** The fields by which a check may be narrowed, none of them asked for. */
export const narrowing = (kind: KindForm | undefined): KindForm['fields'] =>
  (kind?.fields ?? []).filter((f) => ['choice', 'check', 'many'].includes(f.type)).map((f) => ({ ...f, needed: false }))
/** What of them is asked: an unticked box asks nothing. */
export const asked = (values: Values): Values => Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined && v !== false && v !== '' && !(Array.isArray(v) && !v.length)))

/** The sums of what each person found. */
export function sumOf(people: Person[], name: 'things' | 'checked' | 'damaged' | 'added' | 'changed' | 'gone'): number {
  return people.reduce((n, p) => n + p[name], 0)
}

/** How a name of a list begins a line of its own. */
export const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
