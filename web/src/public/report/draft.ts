import { newId } from '@/core/ids'
import { findNonce } from '@/core/sha256'
import { shrink } from '@/core/shrink'
import { ApiError } from '@/api/client'
import type { Schemas } from '@/api/types'
import { getStart, sendReport, uploadPhoto, type Start } from '../shell/api'

/** A report on its way. `id` and `key` stay the same however often it is sent, so that it is one report with one code. */
export interface Draft {
  id: string
  key: string
  description: string
  matter: string
  area: string
  place: string
  phone: string
}

const NAME = 'yiwang.public.draft'
const WAIT = 2_300

function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('')
}

/** For another report than any before. */
export const freshIds = (): Pick<Draft, 'id' | 'key'> => ({ id: newId(), key: newKey() })

/** What was begun on this device and not sent yet (words only: photos are taken again), or a new one. */
export function openDraft(): Draft {
  const fresh: Draft = { ...freshIds(), description: '', matter: '', area: '', place: '', phone: '' }
  try {
    return { ...fresh, ...(JSON.parse(sessionStorage.getItem(NAME) ?? '{}') as Partial<Draft>) }
  } catch {
    return fresh
  }
}
export function keepDraft(draft: Draft): void {
  try {
    sessionStorage.setItem(NAME, JSON.stringify(draft))
  } catch {
    // a page that may keep nothing sends all the same
  }
}
export const dropDraft = () => sessionStorage.removeItem(NAME)

export interface Where {
  lon: number
  lat: number
  accuracy: number | null
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

/** Send photos, then the report. A ticket that is too old or too fresh is fetched anew, once. */
export async function sendAll(
  draft: Draft, start: Start, photos: Blob[], where: Where | null, tell: (key: string, n?: number) => void,
): Promise<Schemas['Reported']> {
  const attempt = async (ticket: string): Promise<Schemas['Reported']> => {
    const sent: string[] = []
    for (const [i, photo] of photos.entries()) {
      tell('photo', i + 1)
      sent.push((await uploadPhoto(draft.id, ticket, await shrink(photo))).sha256)
    }
    tell('report')
    return sendReport({
      id: draft.id, key: draft.key, ticket, nonce: findNonce(`${ticket}:${draft.id}`, start.bits), consent: start.consent.version,
      description: draft.description, photos: [...new Set(sent)], place: draft.place, datum: 'wgs84',
      ...(draft.matter ? { matter_code: draft.matter } : {}), ...(draft.phone.trim() ? { phone: draft.phone.trim() } : {}),
      ...(where ? { lon: where.lon, lat: where.lat, ...(where.accuracy === null ? {} : { accuracy_m: where.accuracy }) } : { area_code: draft.area }),
    })
  }
  try {
    return await attempt(start.ticket)
  } catch (fault) {
    if (!(fault instanceof ApiError) || fault.code !== 'public.ticket') throw fault
    const again = await getStart()
    await pause(WAIT)
    return attempt(again.ticket)
  }
}
