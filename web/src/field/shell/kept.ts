import type { FeatureCollection } from 'geojson'
import { ask } from '@/api/client'
import type { Answer, Schemas } from '@/api/types'
import { session } from '@/ui/session'
import { db } from './db'
import { net } from './person'

/** What the server said and the phone keeps, for where there is no network: with its age, and thrown away at signing out. */

export type Ground = Answer<'/api/desk/ground'>
export type PocketMatter = Schemas['PocketMatter']

export const kept = async <T>(key: string): Promise<T | null> => ((await db.kept.get(key))?.value as T | undefined) ?? null
export const keep = (key: string, value: unknown): Promise<string> => db.kept.put({ key, value, at: Date.now() })

/** Asked of the server where it can be reached, else as it was last known. Null: neither. */
export async function known<T>(key: string, path: string, freshMs = 0): Promise<T | null> {
  const old = await db.kept.get(key)
  if (old && Date.now() - old.at < freshMs) return old.value as T
  if (!net.online) return (old?.value as T | undefined) ?? null
  try {
    const answer = await ask<T>(path)
    await keep(key, answer)
    return answer
  } catch {
    return (old?.value as T | undefined) ?? null
  }
}

const DAY = 86_400_000
export const mine = (key: string): string => `${key}:${session.me?.id ?? ''}`

export const getGround = (): Promise<Ground | null> => known<Ground>(mine('ground'), '/api/desk/ground', DAY / 24)
export const getCatalogue = (): Promise<PocketMatter[] | null> => known<PocketMatter[]>('catalogue', '/api/catalogue/pocket', DAY)
export async function getShapes(): Promise<{ grids: FeatureCollection | null; roads: FeatureCollection | null }> {
  const street = (await getGround())?.street.code
  if (!street) return { grids: null, roads: null }
  const [grids, roads] = await Promise.all([
    known<FeatureCollection>(`grids:${street}`, `/api/map/${street}/grids`, DAY),
    known<FeatureCollection>(`roads:${street}`, `/api/map/${street}/roads`, DAY),
  ])
  return { grids, roads }
}

/** All that a report needs, taken along while there is a network. */
export async function takeAlong(): Promise<void> {
  await Promise.all([getGround(), getCatalogue(), getShapes()])
}
