import type { LocationQuery } from 'vue-router'
import { OPEN_STEPS } from '@/core/steps'
import { dayAfter, instantOf } from '@/core/time'

/** What is looked for. It stands in the address, so that a search can be sent to somebody, or kept. */
export interface Search {
  words: string
  step: string
  late: string
  channel: string
  since: string
  until: string
  matter: string
  matterName: string
  unit: string
  unitName: string
  person: string
  personName: string
  box: string
}

const KEYS = ['words', 'step', 'late', 'channel', 'since', 'until', 'matter', 'matterName', 'unit', 'unitName', 'person', 'personName', 'box'] as const
export const NOTHING: Search = Object.fromEntries(KEYS.map((k) => [k, ''])) as unknown as Search

export function fromQuery(query: LocationQuery): Search {
  return Object.fromEntries(KEYS.map((k) => [k, typeof query[k] === 'string' ? query[k] : ''])) as unknown as Search
}
export const toQuery = (search: Search): Record<string, string> => Object.fromEntries(KEYS.filter((k) => search[k]).map((k) => [k, search[k]]))

/** The same as the server is asked: `/api/cases?…`. Days are whole days of the deployment's zone, the last one included. */
export function toAsked(search: Search, zone: string): URLSearchParams {
  const asked = new URLSearchParams()
  for (const key of ['words', 'channel', 'matter', 'unit', 'person', 'box'] as const) if (search[key]) asked.set(key, search[key])
  const steps = search.step === 'open' ? OPEN_STEPS : search.step ? [search.step] : []
  for (const step of steps) asked.append('step', step)
  if (search.late) asked.set('overdue', String(search.late === 'yes'))
  if (search.since) asked.set('since', instantOf(search.since, '00:00', zone))
  if (search.until) asked.set('until', instantOf(dayAfter(search.until, 1), '00:00', zone))
  return asked
}

/** Searches that somebody keeps, in this browser, by person. */
export interface Kept {
  name: string
  query: Record<string, string>
}
const place = (person: string) => `yiwang.searches.${person}`
export function listKept(person: string): Kept[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(place(person)) ?? '[]')
    return Array.isArray(kept) ? (kept as Kept[]).filter((k) => typeof k.name === 'string' && typeof k.query === 'object') : []
  } catch {
    return []
  }
}
export const keep = (person: string, all: Kept[]): void => localStorage.setItem(place(person), JSON.stringify(all.slice(0, 50)))
