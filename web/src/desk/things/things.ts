import type { Schemas } from '@/api/types'
import { dayOf } from '@/core/time'

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

/** How a name of a list begins a line of its own. */
export const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** When something is due: of another year the whole day, else as all times are shown. */
export function dueWords(at: string, now: number, zone: string, when: (at: string) => string): string {
  const day = dayOf(Date.parse(at), zone)
  return day.slice(0, 4) === dayOf(now, zone).slice(0, 4) ? when(at) : day
}
