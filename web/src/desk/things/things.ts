import type { Schemas } from '@/api/types'

export type KindForm = Schemas['KindForm']
export type Row = Schemas['ThingRow']
export type File = Schemas['ThingFile']
export type Owed = Schemas['Obligation']
export type CheckIn = Schemas['CheckInRow']
export type OwedCount = Schemas['OwedCount']

/** What is asked of the list; all of it stands in the address. `owed`: only what is due or lapsed, by `rule` perhaps. */
export interface Asked { kind: string; q: string; state: string; owed: '' | 'due' | 'lapsed' }

/** One line of the list, from the list of things or of what they owe. */
export interface Line { key: string; id: string; code: string; name: string; place: string; state: string | null; owed: Owed | null }

export const lineOf = (row: Row): Line => ({ key: row.id, id: row.id, code: row.code, name: row.name, place: row.address || row.unit_name, state: row.state, owed: null })
export const lineOfOwed = (owed: Owed): Line => ({ key: `${owed.thing_id} ${owed.rule_id}`, id: owed.thing_id, code: owed.thing_code, name: owed.thing_name, place: owed.unit_name, state: null, owed })

/** An attribute as it is shown: its value with its unit; a day, a choice and a number as they are. */
export function shownOf(field: KindForm['fields'][number], value: unknown, yes: string, no: string): string {
  if (value === undefined || value === null || value === '') return '—'
  if (typeof value === 'boolean') return value ? yes : no
  const text = Array.isArray(value) ? value.join('、') : String(value)
  return field.unit ? `${text} ${field.unit}` : text
}
