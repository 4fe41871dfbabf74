import type { Schemas } from '@/api/types'
import { isPhoto, type PhotoRef, type Position } from '../shell/db'
import type { PocketMatter } from '../shell/kept'

/** A report as it is being made, and the command that it becomes. Pure. */

export interface ReportForm {
  caseId: string
  matter: { scheme: string; kind: string; code: string; name: string } | null
  condition: { id: string; text: string } | null
  /** the person's own words; empty: the matter and its condition say it */
  words: string
  position: Position | null
  /** the pin was set by hand */
  moved: boolean
  place: string
  grid: string | null
  duty: string | null
  component: string | null
  self: boolean
  emergency: boolean
  seenAt: number | null
}

export const EMPTY: Omit<ReportForm, 'caseId'> = {
  matter: null, condition: null, words: '', position: null, moved: false, place: '', grid: null, duty: null, component: null,
  self: false, emergency: false, seenAt: null,
}

export type Missing = 'photo' | 'after' | 'place' | 'matter' | 'condition'

/** What a report still lacks, first things first. */
export function lacks(form: ReportForm, photos: PhotoRef[], conditions: PocketMatter['conditions'] | null): Missing[] {
  const shown = new Set(photos.map((p) => p.kind))
  const found: Missing[] = []
  if (!shown.has('near') && !shown.has('far')) found.push('photo')
  if (form.self && !shown.has('handled')) found.push('after')
  if (!form.position) found.push('place')
  if (!form.matter) found.push('matter')
  else if (!form.condition && conditions?.length) found.push('condition')
  return found
}

export const saying = (form: ReportForm): string =>
  form.words.trim() || [form.matter?.name, form.condition?.text].filter(Boolean).join('：')

export function toCommand(form: ReportForm, photos: PhotoRef[]): Schemas['ReportCase'] {
  return {
    id: form.caseId, channel: 'patrol', description: saying(form),
    matter_kind: form.matter!.kind as 'component' | 'matter', matter_code: form.matter!.code, scheme: form.matter!.scheme,
    condition_id: form.condition?.id ?? null, component: form.component,
    lon: form.position!.lon, lat: form.position!.lat, datum: 'wgs84', accuracy_m: form.moved ? null : form.position!.accuracy,
    place: form.place.trim(), photos: photos.filter(isPhoto).filter((p) => form.self || p.kind !== 'handled'),
    voice: photos.find((p) => p.kind === 'voice')?.sha256 ?? null,
    emergency: form.emergency, self_handled: form.self, seen_at: form.seenAt ? new Date(form.seenAt).toISOString() : null,
  }
}
