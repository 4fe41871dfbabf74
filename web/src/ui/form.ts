import type { ApiError } from '@/api/client'
import type { Schemas } from '@/api/types'

/** Forms that the server describes: what is asked for, what is still wrong, what is sent. Pure. */

export type FormField = Schemas['FormField']
export type Values = Record<string, unknown>
/** What is wrong with a field, in words. */
export type Wrong = Record<string, string>
type Say = (key: string, named?: Record<string, unknown>) => string

export const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length)

/** An input's text as the value that is sent; what is no number stays as it was typed, so that the field can say so. */
export function valueOf(field: FormField, text: string): unknown {
  if (text.trim() === '') return undefined
  if (field.type !== 'number' && field.type !== 'whole') return text
  const n = Number(text)
  return Number.isFinite(n) ? n : text
}

/** What a form sends: empty fields are left out. */
export const filled = (fields: FormField[], values: Values): Values =>
  Object.fromEntries(fields.map((f) => [f.name, values[f.name]] as const).filter(([, value]) => !isEmpty(value)).map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value]))

/** What of `values` differs from what is known: null takes a field out. */
export function changed(fields: FormField[], was: Values, values: Values): Values {
  const now = filled(fields, values)
  return Object.fromEntries(fields.filter((f) => JSON.stringify(was[f.name] ?? null) !== JSON.stringify(now[f.name] ?? null)).filter((f) => !isEmpty(was[f.name]) || !isEmpty(now[f.name])).map((f) => [f.name, now[f.name] ?? null]))
}

/** Bounds in words: "1 至 12", "不小于 0.3"; empty where there are none. */
export function boundsOf(field: FormField, t: Say): string {
  const [a, b] = [field.least ?? null, field.most ?? null]
  if (a !== null && b !== null) return t('form.between', { a, b })
  return a !== null ? t('form.least', { n: a }) : b !== null ? t('form.most', { n: b }) : ''
}

function faultOf(field: FormField, value: unknown, t: Say, both: (f: FormField) => string): string {
  if (isEmpty(value)) return field.needed ? t('form.needed', { what: both(field) }) : ''
  if (field.type !== 'number' && field.type !== 'whole') return ''
  if (typeof value !== 'number') return t('form.wrongNumber')
  if (field.type === 'whole' && !Number.isInteger(value)) return t('form.whole')
  const outside = (field.least != null && value < field.least) || (field.most != null && value > field.most)
  return outside ? boundsOf(field, t) : ''
}

/** What the form itself can tell to be wrong; the server's word comes after. */
export function wrongIn(fields: FormField[], values: Values, t: Say, both: (f: FormField) => string): Wrong {
  return Object.fromEntries(fields.map((f) => [f.name, faultOf(f, values[f.name], t, both)] as const).filter(([, said]) => said))
}

/** The field that the server found wrong, in its words. */
export function wrongBy(fault: ApiError | null, locale: string): Wrong {
  const field = fault?.detail['field']
  return fault && typeof field === 'string' && field ? { [field]: fault.words(locale) } : {}
}

type Both = (words: { zh: string; en: string }) => string
/** What a choice is called. */
export function called(field: FormField, choice: unknown, both: Both): string {
  const zh = String(choice)
  return both({ zh, en: field.choices_en?.[field.choices?.indexOf(zh) ?? -1] ?? zh })
}

/** An answer as it is shown: its value with its unit. */
export function shownOf(field: FormField, value: unknown, t: Say, both: Both): string {
  if (isEmpty(value)) return '—'
  if (typeof value === 'boolean') return t(value ? 'form.yes' : 'form.no')
  const text = Array.isArray(value) ? value.map((one) => called(field, one, both)).join(both({ zh: '、', en: ', ' })) : called(field, value, both)
  return field.unit ? `${text} ${field.unit}` : text
}

/** The form of a check-in of a thing: its kind's, by what the thing is where the kind asks so. */
export function checkOf(kind: Schemas['KindForm'] | undefined, attributes: Values): FormField[] {
  const by = kind?.check_by ? String(attributes[kind.check_by] ?? '') : ''
  return kind?.checks[by] ?? kind?.checks[''] ?? []
}

/** What may be done with a thing now, by the server's word: what is waited for first. */
export function stepsNow(kind: Schemas['KindForm'] | undefined, file: Schemas['ThingFile'] | null): Schemas['StepForm'][] {
  const waited = new Set(file?.waiting?.map((w) => w.step))
  const found = (file?.may ?? []).flatMap((name) => kind?.steps.find((s) => s.name === name) ?? [])
  return [...found.filter((s) => waited.has(s.name)), ...found.filter((s) => !waited.has(s.name))]
}

/** What is asked for when a thing is entered: not what its steps fill in later. */
export const entered = (kind: Schemas['KindForm']): FormField[] => kind.fields.filter((f) => !f.by_step || f.needed)

const SIGNS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
/** A new thing's code where nobody hands codes out; '' where somebody does. `day`: 2026-11-28. */
export const newCode = (kind: Schemas['KindForm'] | undefined, day: string, pick: () => number = Math.random): string =>
  (kind?.code_new ?? '').replace('{day}', day.replaceAll('-', '')).replace('{n}', () => Array.from({ length: 5 }, () => SIGNS[Math.floor(pick() * SIGNS.length)]).join(''))

/** Does an answer say that something is wrong? */
export const isBad = (fields: FormField[], values: Values): boolean => fields.some((f) => f.bad?.includes(String(values[f.name] ?? '')))

/** What a party is called here: a builder of works, a keeper of a lift. */
export function roleOf(kind: Schemas['KindForm'] | undefined, role: string, both: (thing: { zh: string; en: string }) => string): string {
  const found = kind?.called?.find((c) => c.name === role)
  return found ? both(found) : role
}
