import type { Schemas } from '@/api/types'
import { dayOf } from '@/core/time'
import { isEmpty, shownOf, type FormField } from '@/ui/form'

export type KindForm = Schemas['KindForm']
export type Row = Schemas['ThingRow']
export type File = Schemas['ThingFile']
export type Owed = Schemas['Obligation']
export type CheckIn = Schemas['CheckInRow']
export type OwedCount = Schemas['OwedCount']
export type Revision = Schemas['Revision']
export type Step = Schemas['StepForm']
export type StepTaken = Schemas['StepRow']

/** What is asked of the list; all of it stands in the address. `owed`: only what is due or lapsed, by `rule` perhaps. */
export interface Asked { kind: string; q: string; state: string; grid: string; owed: '' | 'due' | 'lapsed' }

/** One line of the list, from the list of things or of what they owe. */
export interface Line { key: string; id: string; code: string; name: string; place: string; state: string | null; attributes: Record<string, unknown>; owed: Owed | null }

export const lineOf = (row: Row): Line => ({ key: row.id, id: row.id, code: row.code, name: row.name, place: row.address || row.unit_name, state: row.state, attributes: row.attributes, owed: null })
export const lineOfOwed = (owed: Owed): Line => ({ key: `${owed.thing_id} ${owed.rule_id}`, id: owed.thing_id, code: owed.thing_code, name: owed.thing_name, place: owed.unit_name, state: null, attributes: {}, owed })

/** Which of its attributes a list has room for: what everything of the kind has and is one of a few, else what everything has. */
export function columnsOf(kind: KindForm | undefined, most = 2): FormField[] {
  const needed = (kind?.fields ?? []).filter((f) => f.needed)
  const few = needed.filter((f) => f.type === 'choice')
  return [...few, ...needed.filter((f) => !few.includes(f))].slice(0, most)
}

/** When something is due: of another year the whole day, else as all times are shown. */
export function dueWords(at: string, now: number, zone: string, when: (at: string) => string): string {
  const day = dayOf(Date.parse(at), zone)
  return day.slice(0, 4) === dayOf(now, zone).slice(0, 4) ? when(at) : day
}

export interface Change { name: string; what: string; before: string; after: string }
interface Say { t: (key: string, named?: Record<string, unknown>) => string; te: (key: string) => boolean; named: (thing: { zh: string; en: string }) => string }

/** An import gives attributes whole, a change by hand one by one. */
function flat(values: Record<string, unknown>): Map<string, unknown> {
  const { attributes, parties, ...plain } = values
  const of = (group: string, its: unknown) => Object.entries(its ?? {}).map(([k, v]) => [`${group}.${k}`, v] as [string, unknown])
  return new Map([...Object.entries(plain), ...of('attributes', attributes), ...of('parties', parties)])
}

/** What a change changed, in words: field, before, after. */
export function changesOf(was: Record<string, unknown>, now: Record<string, unknown>, kind: KindForm | undefined, { t, te, named }: Say): Change[] {
  const [before, after] = [flat(was), flat(now)]
  return [...new Set([...before.keys(), ...after.keys()])].filter((k) => JSON.stringify(before.get(k)) !== JSON.stringify(after.get(k))).map((name) => {
    const field = kind?.fields.find((f) => `attributes.${f.name}` === name)
    const state = (value: unknown) => kind?.states.find((s) => s.name === value)
    const show = (value: unknown): string => {
      if (field) return shownOf(field, value, t, named)
      if (isEmpty(value)) return '—'
      if (name === 'state' && state(value)) return named(state(value)!)
      return typeof value === 'boolean' ? t(value ? 'form.yes' : 'form.no') : String(value)
    }
    const known = field ?? kind?.called?.find((r) => `parties.${r.name}` === name)
    const what = known ? named(known) : te(`things.plain.${name}`) ? t(`things.plain.${name}`) : name.replace('attributes.', '')
    return { name, what, before: show(before.get(name)), after: show(after.get(name)) }
  })
}
