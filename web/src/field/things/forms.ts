import type { Schemas } from '@/api/types'
import type { Values } from '@/ui/form'
import type { PhotoRef, Position } from '../shell/db'
import type { Reading } from './tag'

/** What is filled in at a thing, and the commands that it becomes. Pure. */

export interface Doing {
  /** of a step its name; a check-in has none */
  step: string | null
  values: Values
  damaged: boolean
  note: string
  reading: Reading | null
  readAt: number
}

/** What a check-in must show for what the thing owes, and what of it is there yet. */
export interface Asked { rule: string; zh: string; en: string; unit: string; proofs: { name: string; there: boolean }[] }
export function evidenceOf(owed: Schemas['Obligation'][], reading: Reading | null, placed: boolean, photos: number, values: Values): Asked[] {
  const there: Record<string, boolean> = { tap: reading !== null, signed: Boolean(reading?.mac), place: placed, photo: photos > 0, form: Object.keys(values).length > 0 }
  return owed.filter((o) => o.evidence?.length).map((o) => ({ rule: o.rule, zh: o.zh, en: o.en, unit: o.unit_name, proofs: o.evidence.map((name) => ({ name, there: there[name] ?? false })) }))
}

const MOST_M = 100_000
const common = (id: string, thing_id: string, form: Doing, photos: PhotoRef[], at: Position | null, now: number) => ({
  id, thing_id, at: new Date(now).toISOString(), lon: at?.lon ?? null, lat: at?.lat ?? null, accuracy_m: at ? Math.min(at.accuracy, MOST_M) : null,
  photos: photos.map((p) => p.sha256), form: form.values, note: form.note.trim(),
})

export const toCheckIn = (...[id, thing, form, photos, at, now]: Parameters<typeof common>): Schemas['CheckIn'] & Record<string, unknown> =>
  ({ ...common(id, thing, form, photos, at, now), reading: form.reading, damaged: form.damaged, device: '' })

export const toStep = (...[id, thing, form, photos, at, now]: Parameters<typeof common>): Schemas['TakeStep'] & Record<string, unknown> =>
  ({ ...common(id, thing, form, photos, at, now), step: form.step! })
