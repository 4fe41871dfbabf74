import type { Schemas } from '@/api/types'
import { type Far, far, farOf } from '@/core/far'

export type Round = Schemas['RoundRow']
export type RoundFile = Schemas['RoundFile']
export type Grid = Schemas['RoundGrid']
export type Person = Schemas['RoundPerson']
export type Left = Schemas['RoundThing']
export type Compared = Schemas['Compared']
export type KindForm = Schemas['KindForm']
export type Values = Record<string, unknown>

export const farOfPerson = (p: Person, purpose: Round['purpose']): Far => farOf({ ...p, purpose })
export const farOfGrid = (g: Grid, purpose: Round['purpose']): Far => (purpose === 'check' ? far(g.checked, g.things) : far(g.done_at ? 1 : 0, 1))

/** The fields by which a check may be narrowed, none of them asked for. */
export const narrowing = (kind: KindForm | undefined): KindForm['fields'] =>
  (kind?.fields ?? []).filter((f) => ['choice', 'check', 'many'].includes(f.type)).map((f) => ({ ...f, needed: false }))
/** What of them is asked: an unticked box asks nothing. */
export const asked = (values: Values): Values => Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined && v !== false && v !== '' && !(Array.isArray(v) && !v.length)))

/** The sums of what each person found. */
export function sumOf(people: Person[], name: 'things' | 'checked' | 'damaged' | 'added' | 'changed' | 'gone'): number {
  return people.reduce((n, p) => n + p[name], 0)
}
