import { addWords } from '@/core/i18n'
import { ask } from '@/api/client'
import type { Schemas } from '@/api/types'
import { en } from '@/locales/en/myRounds'
import { zh } from '@/locales/zh/myRounds'
import { session } from '@/ui/session'
import { db } from '../shell/db'
import { keep, known, mine } from '../shell/kept'
import { net } from '../shell/person'
import type { MyRound } from './far'

/** My grids of the rounds that are open, and what is left there: kept for where there is no network. */
addWords(zh, en)

export type Left = Schemas['RoundThing']
export type Kind = Schemas['KindForm']
export interface Known<T> { value: T; at: number }

/** As the server says it now, else as it last said; null: neither. */
async function told<T>(key: string, look: () => Promise<T>): Promise<Known<T> | null> {
  if (net.online) {
    const value = await look().catch(() => null)
    if (value !== null) {
      await keep(key, value)
      return { value, at: Date.now() }
    }
  }
  const old = await db.kept.get(key)
  return old ? { value: old.value as T, at: old.at } : null
}

export const loadRounds = (): Promise<Known<MyRound[]> | null> => told(mine('rounds'), () => ask<MyRound[]>('/api/my-rounds'))
export const loadLeft = (round: string): Promise<Known<Left[]> | null> =>
  told(mine(`round-left:${round}`), async () => (await ask<Schemas['PageRoundThing']>(`/api/rounds/${round}/left?person=${session.me!.id}&limit=500`)).items)
export const getKinds = async (): Promise<Kind[]> => (await known<Kind[]>(mine('kinds'), '/api/kinds', 3_600_000)) ?? []

/** What is left of each goes along too. */
export async function takeRoundsAlong(rounds: MyRound[]): Promise<void> {
  for (const { round } of rounds) await loadLeft(round.id)
}
