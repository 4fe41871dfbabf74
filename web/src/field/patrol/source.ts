import { ask } from '@/api/client'
import type { Schemas } from '@/api/types'
import { addWords } from '@/core/i18n'
import { en } from '@/locales/en/patrol'
import { zh } from '@/locales/zh/patrol'
import { db } from '../shell/db'
import { keep, kept, known, mine } from '../shell/kept'
import { net } from '../shell/person'

/** My walks with every point, and the files of these points: kept for where there is no network. */
addWords(zh, en)

export type ShiftFile = Schemas['ShiftFile']
export interface Walks { items: ShiftFile[]; at: number }

export async function loadWalks(): Promise<Walks | null> {
  const key = mine('walks')
  if (net.online) {
    const items = await ask<ShiftFile[]>('/api/patrol/my-shifts').catch(() => null)
    if (items) {
      await keep(key, items)
      return { items, at: Date.now() }
    }
  }
  const old = await db.kept.get(key)
  return old ? { items: old.value as ShiftFile[], at: old.at } : null
}

/** What the check-in page needs of each point, as that page keeps it (`thing:<id>`). */
export async function takeStopsAlong(walks: ShiftFile[]): Promise<void> {
  await known(mine('kinds'), '/api/kinds', 3_600_000)
  for (const id of new Set(walks.flatMap((w) => w.stops.filter((s) => s.state === 'waiting').map((s) => s.thing_id)))) {
    if (!net.online || (await kept(`thing:${id}`))) continue
    const asked = [`/api/things/${id}`, `/api/owed?thing=${id}`, `/api/things/${id}/tags`]
    const told = await Promise.all(asked.map((path) => ask<unknown>(path))).catch(() => null)
    if (!told) continue
    const [file, owed, tags] = told as [Schemas['ThingFile'], Schemas['PageObligation'], Schemas['Tag'][]]
    await keep(`thing:${id}`, { file, owed: owed.items, tags: tags.map((tag) => tag.uid), at: Date.now() })
  }
}
